import numpy as np
import pytest

from cnnbench.evaluation import intervals, repeats
from cnnbench.evaluation.means import mean


def test_one_repeat_is_the_plain_bootstrap():
    values = np.random.default_rng(0).normal(size=80)
    groups = np.repeat(np.arange(20), 4)
    drawn = repeats.bootstrap(mean, [(values,)], groups)
    assert repeats.estimate(drawn) == intervals.bootstrap(mean, values, groups=groups)
    assert np.isnan(drawn.deviation)


def test_the_interval_covers_repeats_as_well_as_examples():
    rng = np.random.default_rng(1)
    examples = rng.normal(size=400)
    shifts = [-1.0, 0.0, 1.0, 0.5, -0.5]
    drawn = repeats.bootstrap(mean, [(examples + shift,) for shift in shifts])
    alone = intervals.bootstrap(mean, examples)
    value, low, high = repeats.estimate(drawn)
    assert value == pytest.approx(examples.mean() + np.mean(shifts))
    assert drawn.deviation == pytest.approx(np.std(shifts, ddof=1))
    assert high - low > 3 * (alone.high - alone.low)


def test_a_paired_difference_is_narrower_than_one_of_independent_tests():
    rng = np.random.default_rng(2)
    hard = rng.normal(size=300)
    first, second = (repeats.bootstrap(mean, [(hard + gain,)]) for gain in (0.1, 0.0))
    paired = repeats.difference(first, second)
    assert paired == pytest.approx((0.1, 0.1, 0.1))
    other = repeats.bootstrap(mean, [(hard,)], seed=7)
    independent = repeats.difference(first, other)
    assert independent.high - independent.low > 0.2


def test_no_repeat_is_refused():
    with pytest.raises(ValueError, match="Expected at least one repeat"):
        repeats.bootstrap(mean, [])
