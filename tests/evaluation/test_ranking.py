import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.evaluation import ranking


def test_auc(drawn):
    weights, labels, scores = drawn
    areas = ranking.one_vs_rest(weights, labels, scores)
    for row, area in zip(weights, areas, strict=True):
        expected = [sklearn.roc_auc_score(labels == c, scores[:, c], sample_weight=row) for c in range(4)]
        assert area == pytest.approx(expected, abs=1e-12)
    assert ranking.roc_auc(weights, labels, scores) == pytest.approx(areas.mean(axis=1), abs=1e-12)


def test_auc_by_hand():
    positive, score = np.array([True, True, False, False]), np.array([0.9, 0.4, 0.4, 0.1])
    # Of four pairs, three are won and one is tied.
    assert ranking.auc(np.ones((1, 4)), positive, score) == pytest.approx([3.5 / 4])
    # The lone winner drawn away, then all positives, then all negatives.
    weights = np.array([[0.0, 2, 1, 1], [0, 0, 2, 2], [2, 2, 0, 0]])
    assert ranking.auc(weights, positive, score) == pytest.approx([1.5 / 2, np.nan, np.nan], nan_ok=True)


def test_roc_auc_of_two_classes_is_that_of_class_1(drawn):
    weights, labels, scores = drawn
    two = np.stack([1 - scores[:, 1], scores[:, 1]], axis=1)
    assert (ranking.roc_auc(weights, labels % 2, two) == ranking.auc(weights, labels % 2 == 1, scores[:, 1])).all()
