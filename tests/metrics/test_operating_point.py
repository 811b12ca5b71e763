import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_curve

from cnnbench.metrics import operating_point


def test_the_threshold_is_where_youdens_index_is_highest():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    scores = np.clip(0.25 * labels + rng.normal(0.6, 0.15, 300), 0, 1)
    at = operating_point.choose_threshold(labels, scores)
    fpr, tpr, _ = roc_curve(labels, scores)
    assert balanced_accuracy_score(labels, scores >= at) == pytest.approx(((tpr - fpr).max() + 1) / 2)
    assert 0.6 < at < 0.8


def test_of_thresholds_that_do_equally_well_it_is_the_one_nearest_to_a_half():
    assert operating_point.choose_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])) == 0.5
    assert operating_point.choose_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.8, 0.9, 0.95])) == pytest.approx(
        0.85
    )


@pytest.mark.parametrize("label", [0, 1])
def test_with_one_class_it_is_a_half(label):
    assert operating_point.choose_threshold(np.full(5, label), np.linspace(0, 1, 5)) == 0.5


def test_ties_between_the_classes_are_counted_as_predictions_are_made():
    labels, scores = np.array([0, 1, 0, 1, 1]), np.array([0.3, 0.3, 0.3, 0.7, 0.7])
    at = operating_point.choose_threshold(labels, scores)
    assert balanced_accuracy_score(labels, scores >= at) == pytest.approx(5 / 6)


@pytest.mark.parametrize(("wanted", "expected"), [(1.0, 0.25), (0.75, 0.5), (0.6, 0.5), (0.25, 0.85)])
def test_a_stated_sensitivity_is_kept_by_the_highest_threshold_that_does(wanted, expected):
    labels = np.array([0, 1, 0, 1, 1, 0, 1])
    scores = np.array([0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    at = operating_point.choose_threshold(labels, scores, wanted)
    assert at == pytest.approx(expected)
    assert (scores[labels == 1] >= at).mean() >= wanted
