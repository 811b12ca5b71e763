import math

import numpy as np
import pytest
from scipy.stats import t

from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate, student_quantile
from cnnbench.metrics.means import mean


def bootstrap(statistic, *arrays, groups=None, **options):
    """The percentile bootstrap of a single training."""
    return repeated.estimate(repeated.bootstrap(statistic, [arrays], groups, **options))


def test_bootstrap_repeats_itself_and_follows_its_seed():
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap(mean, values, seed=3) == bootstrap(mean, values, seed=3)
    assert bootstrap(mean, values, seed=3) != bootstrap(mean, values, seed=4)


def test_bootstrap_is_that_of_plain_resampling():
    values = np.random.default_rng(0).exponential(size=40)
    rng = np.random.default_rng(7)
    plain = [values[rng.integers(0, 40, size=40)].mean() for _ in range(1000)]
    estimate = bootstrap(mean, values, seed=7)
    assert estimate == pytest.approx((values.mean(), *np.quantile(plain, [0.025, 0.975])), abs=1e-12)


def test_bootstrap_in_chunks_is_the_bootstrap_in_one(monkeypatch):
    values = np.random.default_rng(0).normal(size=51)
    whole = bootstrap(mean, values)
    monkeypatch.setattr("cnnbench.metrics.intervals.bootstrap.CHUNK", 100)
    assert bootstrap(mean, values) == whole


def test_groups_that_do_not_repeat_change_nothing():
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap(mean, values, groups=[f"p{i % 30}" for i in range(7, 37)]) == bootstrap(mean, values)


def test_groups_are_drawn_whole():
    seen = []

    def spy(weights, values):
        seen.append(weights)
        return mean(weights, values)

    bootstrap(spy, np.arange(6.0), groups=["a", "b", "a", "c", "b", "a"], draws=20)
    weights = np.concatenate(seen[1:])  # the first are those of the value itself
    assert (seen[0] == 1).all()
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 0] == weights[:, 5]).all()
    assert (weights[:, 1] == weights[:, 4]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_coverage_holds_and_needs_the_groups():
    # 25 patients of 4 alike examples each: the mean's 95 % interval must hold 0 about that often, by patient only.
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(25), 4)
    held = {"groups": 0, "examples": 0}
    for _ in range(300):
        values = rng.normal(size=25)[groups] + rng.normal(scale=0.3, size=100)
        for kind, given in [("groups", groups), ("examples", None)]:
            _, low, high = bootstrap(mean, values, groups=given, draws=200)
            held[kind] += low <= 0 <= high
    assert 0.88 <= held["groups"] / 300 <= 0.98
    assert held["examples"] / 300 < 0.8


@pytest.mark.parametrize("groups", [None, ["a"]])
def test_one_unit_has_no_spread(groups):
    assert bootstrap(mean, np.array([2.0]), groups=groups) == pytest.approx((2, math.nan, math.nan), nan_ok=True)


def test_undefined_draws_are_left_out():
    def share_of_ones(weights, values):  # not defined where a draw lacks the one
        ones = weights @ values
        return np.where(ones > 0, ones / len(values), np.nan)

    estimate = bootstrap(share_of_ones, np.array([1.0, 0, 0, 0]))
    assert estimate.low == 0.25
    assert estimate.value == 0.25
    assert all(math.isnan(x) for x in bootstrap(lambda weights, _: weights[:, 0] * np.nan, np.ones(3)))


def test_estimate_is_a_tuple_of_three():
    assert Estimate(1.0, 0.5, 1.5)._asdict() == {"value": 1.0, "low": 0.5, "high": 1.5}


def test_student_is_scipys():
    assert student_quantile(0.95, np.inf) == pytest.approx(1.959964, abs=1e-6)
    assert student_quantile(0.9, 7.5) == pytest.approx(t.ppf(0.95, 7.5))
    with pytest.raises(ValueError, match="level"):
        student_quantile(1.0, 3)
