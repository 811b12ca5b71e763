import math

import numpy as np
import pytest
from scipy.stats import binomtest

from cnnbench.metrics.intervals.proportions import logit_interval, proportion, wilson


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 7), (47, 50), (24_000, 32_768)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_is_scipys(successes, n, level):
    expected = binomtest(successes, n).proportion_ci(level, method="wilson")
    value, low, high = wilson(successes / n, n, level)
    assert value == successes / n
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low <= value <= high <= 1


def test_wilson_of_the_published_example():
    # Newcombe, Stat. Med. 17 (1998), table I, method 3: 81 of 263.
    assert [round(end, 4) for end in wilson(81 / 263, 263)] == [0.3080, 0.2553, 0.3662]


@pytest.mark.parametrize("level", [0.0, 1.0, math.nan])
def test_wilson_refuses_a_level_outside_0_and_1(level):
    with pytest.raises(ValueError, match="Expected a level"):
        wilson(0.2, 5, level)


def test_examples_of_their_own_have_wilsons_interval():
    right = np.arange(40) % 4 > 0
    assert proportion(right) == proportion(right, np.arange(40)) == wilson(0.75, 40)


def test_groups_are_worth_as_many_examples_as_their_variance_says():
    # Ten patients of 8 examples each, alike within: as sure as 10 examples, with Student's t for 9 degrees of freedom.
    right, groups = np.repeat(np.arange(10) < 7, 8), np.repeat(np.arange(10), 8)
    assert proportion(right, groups) == pytest.approx(wilson(0.7, 10, freedom=9))
    # Two halves of each patient that differ say more than independent examples would: never more than all examples.
    even = np.tile([True, False], 40)
    assert proportion(even, groups) == pytest.approx(wilson(0.5, 80, freedom=9))


def test_groups_without_any_spread_are_worth_their_number():
    assert proportion(np.ones(80, bool), np.repeat(np.arange(10), 8)) == wilson(1.0, 10, freedom=9)
    # A large group counts for more than small ones: 20 examples as 16 and 4 are worth 400 / 272.
    assert proportion(np.zeros(20, bool), [0] * 16 + [1] * 4) == wilson(0.0, 400 / 272, freedom=1)


def test_proportions_without_a_spread():
    assert proportion(np.array([True, False]), ["a", "a"]) == pytest.approx((0.5, math.nan, math.nan), nan_ok=True)
    assert proportion(np.array([True])) == wilson(1, 1)
    assert proportion(np.zeros(0, bool), []) == pytest.approx((math.nan, 0, 1), nan_ok=True)
    with pytest.raises(ValueError, match="group for each"):
        proportion(np.ones(3, bool), ["a"])


def test_on_the_logit_scale_an_interval_stays_within_0_and_1():
    value, low, high = logit_interval(0.99, 0.001, np.inf)
    assert 0 < low < value < high < 1
    assert logit_interval(0.5, 0.01, np.inf)[1:] == pytest.approx((0.5 + np.array([-1, 1]) * 0.1868).tolist(), abs=1e-3)


@pytest.mark.parametrize("size", [1, 6])
def test_the_interval_of_an_accuracy_covers(size):
    # 1,000 test sets of 30 groups; half of the variance is the group's.
    groups, held, naive = np.repeat(np.arange(30), size), 0, 0
    for test in range(1000):
        rng = np.random.default_rng(test)
        right = rng.normal(size=30)[groups] + rng.normal(size=30 * size) < math.sqrt(2) * 0.8416  # true: 0.8
        grouped, ungrouped = proportion(right, groups), proportion(right)
        held += grouped.low <= 0.8 <= grouped.high
        naive += ungrouped.low <= 0.8 <= ungrouped.high
    assert 930 <= held <= 970
    assert size == 1 or naive < 850
