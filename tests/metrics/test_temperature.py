"""Temperature scaling: against hand-worked values, a grid, and what cannot be fitted."""

import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from cnnbench.metrics.calibration import calibrate, ece, fit_temperature
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions


def scored(k, n=300, hot=3.0, seed=0):
    """Labels drawn from true probabilities, and scores that are those at 1 / `hot`: so their temperature is `hot`."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.ones(k), n)
    return np.array([rng.choice(k, p=p) for p in true]), calibrate(true, 1 / hot)


def smoothed(labels, scores):
    """The log loss where each of n examples is n + 1 of n + 2 times of its own class, else of any other."""
    n, k = scores.shape
    others = [np.delete(np.arange(k), label) for label in labels]
    labels = np.concatenate([labels, np.concatenate(others)])
    rows = np.concatenate([scores, np.repeat(scores, k - 1, axis=0)])
    weights = np.concatenate([np.full(n, n + 1.0), np.full(n * (k - 1), 1 / (k - 1))])
    return log_loss(labels, rows, labels=range(k), sample_weight=weights)


def test_by_hand():
    # Always 0.9, right in three of four, each 5 of 6 times: 0.9 must become (3 * 5 + 1) / 24, so 9^(1/T) = 2.
    labels, scores = np.array([0, 0, 0, 1]), np.tile([0.9, 0.1], (4, 1))
    assert fit_temperature(labels, scores) == pytest.approx(math.log(9) / math.log(2), abs=1e-5)
    assert calibrate(scores, 2.0) == pytest.approx(np.tile([0.75, 0.25], (4, 1)))
    found = measure(Predictions(labels, scores, temperature=2.0))
    assert found["log_loss_calibrated"].value == pytest.approx(-(3 * math.log(0.75) + math.log(0.25)) / 4)
    assert found["ece_calibrated"].value == pytest.approx(0, abs=1e-12)


def test_calibrated_is_the_softmax_of_logarithms_and_keeps_the_predicted_class():
    _, scores = scored(4)
    for at in (0.3, 1.0, 7.0):
        powers = scores ** (1 / at)
        assert calibrate(scores, at) == pytest.approx(powers / powers.sum(axis=1, keepdims=True))
        assert (calibrate(scores, at).argmax(axis=1) == scores.argmax(axis=1)).all()
    assert calibrate(scores, 1.0) == pytest.approx(scores, abs=1e-15)


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("hot", [0.5, 1.0, 3.0])
def test_it_is_the_lowest_of_a_grid(k, hot):
    labels, scores = scored(k, hot=hot)
    found = fit_temperature(labels, scores)
    grid = np.exp(np.linspace(math.log(0.25), math.log(100), 301))
    losses = [smoothed(labels, calibrate(scores, at)) for at in grid]
    assert found == pytest.approx(grid[np.argmin(losses)], rel=2 * math.log(400) / 300)
    assert smoothed(labels, calibrate(scores, found)) <= min(losses) + 1e-12
    assert found == pytest.approx(hot, rel=0.4)
    assert float(f"{found:.6g}") == found


def test_on_the_data_it_was_fitted_on_the_loss_never_rises():
    for seed in range(60):
        labels, scores = scored(2 + seed % 4, n=12 + seed, hot=np.exp(np.random.default_rng(seed).normal()), seed=seed)
        after = calibrate(scores, fit_temperature(labels, scores))
        assert smoothed(labels, after) <= smoothed(labels, scores) + 1e-12


def test_a_few_right_answers_make_no_network_sure():
    labels = np.arange(40) % 2
    scores = np.where(np.eye(2)[labels] == 1, 0.99, 0.01)
    after = calibrate(scores, fit_temperature(labels, scores))
    assert after.max() == pytest.approx(41 / 42, abs=1e-5), "none of 40 was wrong; of the next two, one might be"


def test_what_cannot_be_fitted():
    labels = np.array([0, 1, 1, 0, 1])
    right, sure = np.full((5, 2), 0.4), np.eye(2)
    right[np.arange(5), labels] = 0.6
    assert fit_temperature(labels, right) == pytest.approx(0.25, rel=1e-4), (
        "all right, and hardly sure: the lower bound"
    )
    assert fit_temperature(labels, sure[1 - labels]) == pytest.approx(100, rel=1e-4), "all wrong: the upper one"
    assert fit_temperature(labels, sure[labels]) > 10, "as sure as floats can tell, of five examples"
    assert fit_temperature(labels, np.full((5, 2), 0.5)) == 1, "nothing to scale"
    assert fit_temperature(np.zeros(5, int), right) == 1, "one class"
    assert fit_temperature(labels[:0], right[:0]) == 1, "no example"
    assert fit_temperature(labels, np.where(right > 0.5, np.nan, right)) == 1, "diverged"


def test_scores_of_zero_and_of_less_than_a_float_can_tell_stay_finite():
    scores = np.array([[1, 0, 0], [0, 1, 0], [1e-30, 1 - 1e-30, 0]])
    for at in (0.25, 1.0, 100.0):
        after = calibrate(scores, at)
        assert np.isfinite(after).all()
        assert after.sum(axis=1) == pytest.approx(1)
    losses = measure(Predictions(np.array([1, 1, 1]), scores, temperature=1.0), draws=0)
    assert losses["log_loss_calibrated"].value == pytest.approx(-math.log(np.finfo(float).eps) / 3)


def test_intervals_are_those_of_the_metrics_at_the_calibrated_scores():
    labels, scores = scored(3, n=120)
    groups = np.repeat(np.arange(40), 3)
    found = measure(Predictions(labels, scores, groups, temperature=2.5))
    after = calibrate(scores, 2.5)
    expected = measure(Predictions(labels, after, groups))
    assert set(found) - set(expected) == {"ece_calibrated", "log_loss_calibrated"}
    assert found["ece_calibrated"] == ece(labels, after, groups)
    assert found["log_loss_calibrated"] == pytest.approx(expected["log_loss"])
    assert found["log_loss_calibrated"].low < found["log_loss_calibrated"].value < found["log_loss_calibrated"].high
    undefined = measure(Predictions(labels, scores * np.nan, temperature=1.0))
    assert all(np.isnan(estimate).all() for estimate in undefined.values())
