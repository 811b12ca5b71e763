import numpy as np
import pytest

from cnnbench.evaluation import means


def test_means(drawn):
    weights, _, scores = drawn
    expected = [np.average(scores[:, 0], weights=row) for row in weights]
    assert means.mean(weights, scores[:, 0]) == pytest.approx(expected, abs=1e-12)
    assert means.root_mean(weights, scores[:, 0]) == pytest.approx(np.sqrt(expected), abs=1e-12)


def test_means_where_nothing_is_defined():
    assert means.divide(np.array([1.0, 0.0, 4.0]), np.array([0.0, 0.0, 2.0])) == pytest.approx(
        [np.nan, np.nan, 2], nan_ok=True
    )
    assert means.mean_defined(np.array([[1.0, np.nan, 3.0], [np.nan] * 3])) == pytest.approx([2, np.nan], nan_ok=True)
