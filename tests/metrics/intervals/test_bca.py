import math

import numpy as np
import pytest
from scipy.stats import bootstrap as scipys

from cnnbench.metrics.intervals.bca import bca, expanded_quantile
from cnnbench.metrics.means import mean


def named(statistic, *arrays):
    return lambda weights: {"it": statistic(weights, *arrays)}


def test_the_interval_is_scipys_but_for_its_width():
    values = np.random.default_rng(0).exponential(size=60)
    _, low, high = bca(named(mean, values), 60, draws=20_000)["it"]
    level = math.erf(expanded_quantile(60, 0.95) / math.sqrt(2))
    found = scipys((values,), np.mean, method="BCa", confidence_level=level, n_resamples=20_000, rng=1)
    assert (low, high) == pytest.approx((found.confidence_interval.low, found.confidence_interval.high), rel=0.01)


def test_expanded_quantiles_near_the_normal_one():
    assert expanded_quantile(10**6, 0.95) == pytest.approx(1.95997, abs=1e-4)
    assert expanded_quantile(10, 0.95) == pytest.approx(2.2622 * math.sqrt(10 / 9), abs=1e-3)


def test_blocks_give_the_skewness_of_a_jackknife(monkeypatch):
    values = np.random.default_rng(0).exponential(size=600)
    blocks = bca(named(mean, values), 600, draws=5000)["it"]
    monkeypatch.setattr("cnnbench.metrics.intervals.bca._BLOCKS", 1000)
    assert bca(named(mean, values), 600, draws=5000)["it"] == pytest.approx(blocks, rel=0.01)


def test_chunks_change_nothing_and_seeds_do(monkeypatch):
    values = np.random.default_rng(0).normal(size=51)
    whole = bca(named(mean, values), 51)
    assert bca(named(mean, values), 51, seed=1) != whole
    monkeypatch.setattr("cnnbench.metrics.intervals.bootstrap.CHUNK", 100)
    assert bca(named(mean, values), 51) == whole


def test_groups_are_drawn_and_left_out_whole():
    seen = []

    def spy(weights):
        seen.append(weights)
        return {"it": mean(weights, np.arange(6.0))}

    bca(spy, 6, ["a", "b", "a", "c", "b", "a"], draws=20)
    for weights in seen[1:]:
        assert (weights[:, 0] == weights[:, 2]).all()
        assert (weights[:, 1] == weights[:, 4]).all()
    assert seen[-1][:, [0, 1, 3]].tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_without_draws_there_are_values_only():
    found = bca(named(mean, np.arange(4.0)), 4, draws=0)["it"]
    assert found == pytest.approx((1.5, math.nan, math.nan), nan_ok=True)


@pytest.mark.parametrize("groups", [None, ["a", "a"]])
def test_one_unit_has_no_spread(groups):
    n = 1 if groups is None else 2
    assert bca(named(mean, np.full(n, 2.0)), n, groups)["it"] == pytest.approx((2, math.nan, math.nan), nan_ok=True)


def test_two_units_and_undefined_draws():
    low, high = bca(named(mean, np.array([0.0, 1.0])), 2)["it"][1:]
    assert (low, high) == (0, 1)
    ones = np.array([1.0, 0, 0, 0])
    only = bca(lambda w: {"it": np.where(w[:, 0] > 0, mean(w, ones), np.nan)}, 4)["it"]
    assert only.low == 0.25
    assert all(math.isnan(x) for x in bca(lambda w: {"it": w[:, 0] * np.nan}, 3)["it"])


def test_refusals():
    with pytest.raises(ValueError, match="n=0"):
        bca(named(mean, np.ones(0)), 0)
    with pytest.raises(ValueError, match="one group"):
        bca(named(mean, np.ones(3)), 3, ["a"])
    with pytest.raises(ValueError, match="draws"):
        bca(named(mean, np.ones(3)), 3, draws=-1)
    with pytest.raises(ValueError, match="level"):
        bca(named(mean, np.ones(3)), 3, level=95)


def test_the_interval_of_an_rmse_covers():
    # 1,000 test sets of 60 errors, whose true RMSE is 1.
    held = 0
    for test in range(1000):
        errors = np.random.default_rng(test).normal(size=60)
        root_mean = named(lambda weights, squares: np.sqrt(mean(weights, squares)), errors**2)
        _, low, high = bca(root_mean, 60, draws=400)["it"]
        held += low <= 1 <= high
    assert 930 <= held <= 970
