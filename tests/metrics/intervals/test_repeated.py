import numpy as np
import pytest

from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.means import mean


def test_the_interval_covers_repeats_as_well_as_examples():
    rng = np.random.default_rng(1)
    examples = rng.normal(size=400)
    shifts = [-1.0, 0.0, 1.0, 0.5, -0.5]
    drawn = repeated.bootstrap(mean, [(examples + shift,) for shift in shifts])
    single = repeated.bootstrap(mean, [(examples,)])
    assert np.isnan(single.deviation)
    alone = repeated.estimate(single)
    value, low, high = repeated.estimate(drawn)
    assert value == pytest.approx(examples.mean() + np.mean(shifts))
    assert drawn.deviation == pytest.approx(np.std(shifts, ddof=1))
    assert high - low > 3 * (alone.high - alone.low)


def test_a_paired_difference_is_narrower_than_one_of_independent_tests():
    rng = np.random.default_rng(2)
    hard = rng.normal(size=300)
    first, second = (repeated.bootstrap(mean, [(hard + gain,)]) for gain in (0.1, 0.0))
    paired = repeated.difference(first, second)
    assert paired == pytest.approx((0.1, 0.1, 0.1))
    other = repeated.bootstrap(mean, [(hard,)], seed=7)
    independent = repeated.difference(first, other)
    assert independent.high - independent.low > 0.2


def test_no_repeat_is_refused():
    with pytest.raises(ValueError, match="Expected at least one repeat"):
        repeated.bootstrap(mean, [])


@pytest.mark.parametrize("count", [2, 3, 5])
def test_few_repeats_that_differ_do_not_feign_certainty(count):
    rng = np.random.default_rng(count)
    held = 0
    for _ in range(300):
        shifts = rng.normal(0, 0.1, size=count)
        trained = [(rng.normal(0, 0.5, size=50) + shift,) for shift in shifts]
        _, low, high = repeated.estimate(repeated.bootstrap(mean, trained, draws=400))
        held += low <= 0 <= high
    assert held / 300 > 0.92


def test_paired_repeats_share_what_they_share():
    rng = np.random.default_rng(3)
    examples, shifts = rng.normal(size=200), rng.normal(size=4)
    first, second = (repeated.bootstrap(mean, [(examples + shift + gain,) for shift in shifts]) for gain in (0.1, 0.0))
    assert repeated.difference(first, second) == pytest.approx((0.1, 0.1, 0.1))
    assert repeated.p_value(first, second) < 0.01
    value, low, high = repeated.difference(first, second, paired=False)
    assert value == pytest.approx(0.1)
    assert high - low > 2
    assert repeated.p_value(first, second, paired=False) > 0.5


def test_p_is_below_the_level_where_the_interval_excludes_0():
    rng = np.random.default_rng(4)
    for gain in np.linspace(0, 0.4, 21):
        values = rng.normal(size=100) + gain
        drawn, nothing = (repeated.bootstrap(mean, [(array,)]) for array in (values, np.zeros(100)))
        _, low, high = repeated.difference(drawn, nothing)
        assert (repeated.p_value(drawn, nothing) < 0.05) == (low > 0 or high < 0)


def test_no_difference_at_all_has_p_1():
    drawn = repeated.bootstrap(mean, [(np.arange(9.0),)])
    assert repeated.p_value(drawn, drawn) == 1


def test_one_group_says_nothing_of_the_spread():
    drawn = repeated.bootstrap(mean, [(np.arange(4.0),)], ["only"] * 4)
    assert repeated.estimate(drawn) == pytest.approx((1.5, np.nan, np.nan), nan_ok=True)
    assert np.isnan(repeated.p_value(drawn, drawn))
