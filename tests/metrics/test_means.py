import numpy as np
import pytest
from sklearn.metrics import r2_score

from cnnbench.metrics import means


def test_means(drawn):
    weights, _, scores = drawn
    expected = [np.average(scores[:, 0], weights=row) for row in weights]
    assert means.mean(weights, scores[:, 0]) == pytest.approx(expected, abs=1e-12)


def test_means_where_nothing_is_defined():
    assert means.divide(np.array([1.0, 0.0, 4.0]), np.array([0.0, 0.0, 2.0])) == pytest.approx(
        [np.nan, np.nan, 2], nan_ok=True
    )
    assert means.mean_defined(np.array([[1.0, np.nan, 3.0], [np.nan] * 3])) == pytest.approx([2, np.nan], nan_ok=True)


def test_the_median_is_that_of_the_drawn_values(drawn):
    weights, _, scores = drawn
    expected = [np.median(np.repeat(scores[:, 0], row.astype(int))) for row in weights]
    assert means.median(weights, scores[:, 0]) == pytest.approx(expected, abs=1e-15)
    assert means.median(np.array([[1.0, 1, 1, 1], [0, 1, 1, 1]]), np.array([4.0, 1, 3, 9])) == pytest.approx([3.5, 3])
    assert np.isnan(means.median(np.zeros((1, 2)), np.ones(2))).all()


def test_r2_of_weighted_draws_is_scikit_learns():
    rng = np.random.default_rng(0)
    targets, error = rng.normal(size=(2, 30))
    weights = rng.integers(0, 3, size=(4, 30)).astype(float)
    expected = [r2_score(targets, targets + error, sample_weight=row) for row in weights]
    assert means.r2(weights, targets, error) == pytest.approx(expected, abs=1e-12)
