import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.metrics import ranking


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


def test_average_precision_is_scikit_learns(drawn):
    weights, labels, scores = drawn
    for c in range(4):
        found = ranking.average_precision(weights, labels == c, scores[:, c])
        for row, value in zip(weights, found, strict=True):
            expected = sklearn.average_precision_score(labels == c, scores[:, c], sample_weight=row)
            assert value == pytest.approx(expected, abs=1e-12)


def test_average_precision_by_hand():
    positive, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1])
    weights = np.array([[1.0, 1, 1, 1], [0, 1, 1, 0], [0, 1, 0, 1]])
    assert ranking.average_precision(weights, positive, score) == pytest.approx([5 / 6, 1 / 2, np.nan], nan_ok=True)


def test_sensitivity_at_a_specificity_is_read_off_scikit_learns_curve(drawn):
    weights, labels, scores = drawn
    for wanted in (0.5, 0.8, 0.95):
        found = ranking.sensitivity_at(weights, labels == 1, scores[:, 1], wanted)
        for row, value in zip(weights, found, strict=True):
            fpr, tpr, _ = sklearn.roc_curve(labels == 1, scores[:, 1], sample_weight=row, drop_intermediate=False)
            assert value == pytest.approx(tpr[fpr <= 1 - wanted + 1e-12].max(), abs=1e-12)


def test_sensitivity_at_by_hand():
    positive = np.array([True, True, False, True, *[False] * 19])
    score = np.array([0.9, 0.8, 0.7, 0.6, *np.linspace(0, 0.5, 19)])
    ones = np.ones((1, 23))
    assert ranking.sensitivity_at(ones, positive, score, 0.95) == pytest.approx(
        [1.0]
    )  # one of 20 negatives may be lost
    assert ranking.sensitivity_at(ones, positive, score, 0.96) == pytest.approx([2 / 3])
    assert np.isnan(ranking.sensitivity_at(ones, positive | True, score, 0.95)).all()
    assert np.isnan(ranking.sensitivity_at(ones, positive & False, score, 0.95)).all()
