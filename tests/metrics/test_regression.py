import math

import numpy as np
import pytest
from cnnbench.metrics.regression import NAMES, metrics, r2
from sklearn import metrics as sklearn

from cnnbench.core.errors import UserError


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_are_scikit_learns(dtype):
    rng = np.random.default_rng(0)
    targets = rng.normal(22, 9, size=51).astype(dtype)
    predictions = (targets + rng.normal(scale=4, size=51)).astype(dtype)
    estimates = metrics(targets, predictions)
    targets, predictions = targets.astype(float), predictions.astype(float)
    expected = {
        "rmse": sklearn.root_mean_squared_error(targets, predictions),
        "mae": sklearn.mean_absolute_error(targets, predictions),
        "r2": sklearn.r2_score(targets, predictions),
        "median_absolute_error": sklearn.median_absolute_error(targets, predictions),
    }
    assert tuple(estimates) == NAMES
    assert {name: e.value for name, e in estimates.items()} == pytest.approx(expected, abs=1e-12)
    assert all(e.low < e.value < e.high for e in estimates.values())


def test_by_hand():
    estimates = metrics(np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 4.0]))
    assert estimates["rmse"].value == pytest.approx(math.sqrt(5 / 3))
    assert estimates["mae"].value == estimates["median_absolute_error"].value == 1
    assert estimates["r2"].value == pytest.approx(1 - 5 / 14)


def test_r2_of_weighted_draws_is_scikit_learns():
    rng = np.random.default_rng(0)
    targets, error = rng.normal(size=(2, 30))
    weights = rng.integers(0, 3, size=(4, 30)).astype(float)
    expected = [sklearn.r2_score(targets, targets + error, sample_weight=row) for row in weights]
    assert r2(weights, targets, error) == pytest.approx(expected, abs=1e-12)


def test_groups_widen_intervals():
    rng = np.random.default_rng(0)
    targets, predictions = np.repeat(rng.normal(size=(2, 30)), 4, axis=1)
    single = metrics(targets, predictions)
    grouped = metrics(targets, predictions, groups=np.repeat(np.arange(30), 4))
    for name in NAMES:
        assert grouped[name].high - grouped[name].low > 1.5 * (single[name].high - single[name].low)


def test_equal_targets_have_no_r2():
    estimates = metrics(np.ones(5), np.arange(5.0))
    assert all(math.isnan(x) for x in estimates["r2"])
    assert np.isfinite(estimates["rmse"]).all()


def test_a_diverged_network_has_no_metrics():
    assert all(math.isnan(x) for e in metrics(np.ones(3), np.array([1, np.inf, 2])).values() for x in e)


def test_refusals():
    with pytest.raises(UserError, match="at least one test example"):
        metrics(np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match="shape"):
        metrics(np.ones(3), np.ones((3, 1)))
