import numpy as np
import pytest

from cnnbench.metrics import lookup
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions


def computed(predictions):
    """The metrics that have a statistic, computed anew as comparisons and repeats do."""
    rows = lookup.rows(predictions.classes, predictions.given)
    weights = np.ones((1, len(predictions)))
    return {row.name: row.compute(weights, predictions)[0] for row in rows if row.statistic}


def predicted(k, **chosen):
    rng = np.random.default_rng(2)
    if k == 0:
        return Predictions(rng.normal(size=40), rng.normal(size=40))
    return Predictions(rng.integers(0, k, size=80), rng.dirichlet(np.ones(k), size=80), **chosen)


@pytest.mark.parametrize(
    ("predictions", "without"),
    [
        (predicted(0), set()),
        (predicted(4), {"ece"}),
        (predicted(2, threshold=0.3), {"ece", "sensitivity_at_threshold", "specificity_at_threshold"}),
        (predicted(3, temperature=2.0), {"ece", "ece_calibrated"}),
    ],
)
def test_a_statistic_has_the_value_that_an_evaluation_measures(predictions, without):
    found, measured = computed(predictions), measure(predictions, draws=2)
    assert set(measured) - set(found) == without
    assert found == pytest.approx({name: measured[name].value for name in found})


def test_a_threshold_may_differ_from_example_to_example():
    alike, own = predicted(2, threshold=0.3), predicted(2, threshold=np.repeat([0.2, 0.7], 40))
    assert (alike.predicted_at_threshold == (alike.scores[:, 1] >= 0.3)).all()
    assert (own.predicted_at_threshold[40:] == (own.scores[40:, 1] >= 0.7)).all()


def test_a_network_that_diverged_is_not_finite():
    assert predicted(2).finite
    assert not Predictions(np.array([0, 1]), np.array([[0.5, 0.5], [np.inf, 0.9]])).finite


@pytest.mark.parametrize(("groups", "alone"), [(None, True), (list("abc"), True), (list("aab"), False)])
def test_examples_that_share_no_group_are_ungrouped(groups, alone):
    assert Predictions(np.zeros(3), np.zeros(3), groups).ungrouped is alone


def test_what_was_not_chosen_cannot_be_used():
    with pytest.raises(ValueError, match="Expected a threshold"):
        _ = predicted(2).predicted_at_threshold
    with pytest.raises(ValueError, match="Expected a temperature"):
        _ = predicted(2).log_calibrated
    with pytest.raises(ValueError, match="Expected a metric with a statistic, received ece"):
        lookup.find("ece").compute(np.ones((1, 80)), predicted(2))
