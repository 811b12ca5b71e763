"""The bias-corrected and accelerated bootstrap: the interval of every metric that has no formula of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import CHUNK, Estimate, checked, student, units_of, weights_of_draws
from cnnbench.metrics.means import Floats

Statistics = Callable[[Floats], Mapping[str, Floats]]
"""Takes weights (m, n), how often each of m draws holds each example, and gives each statistic in each draw, (m,)."""

_BLOCKS = 200  # of the jackknife
_NORMAL = NormalDist()


def bca(
    statistics: Statistics,
    n: int,
    groups: Sequence[str] | NDArray[Any] | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Several statistics of the same draws, with their BCa intervals.

    B. Efron, "Better bootstrap confidence intervals", J. Am. Stat. Assoc. 82 (1987), widened for few groups as T. C.
    Hesterberg's expanded percentiles (The American Statistician 69, 2015). Where groups repeat, whole groups are drawn
    and left out. The acceleration is that of a jackknife over groups, and above 200 groups over 200 random blocks of
    them, which estimates the same number at a cost that does not grow as n^2. Draws in which a statistic is NaN (a
    class is absent) are left out.

    Args:
        statistics: As the type says.
        n: How many examples there are.
        groups: The group of each example, shape (n,); None where each is its own.
        draws: Number of draws with replacement; 0 for values without intervals, which is quick.
        seed: Of the draws; the same seed gives the same draws over the same groups.
        level: Of the intervals, between 0 and 1.

    Returns:
        By name: the statistic at weights of one and its interval, NaN where there is one group or it has no value.

    Raises:
        ValueError: There is no example, groups differ from examples in number, draws < 0, or level not within (0, 1).
    """
    if n < 1 or (groups is not None and len(groups) != n):
        raise ValueError(f"Expected one group for each of n >= 1 examples, received n={n}.")
    if draws < 0:
        raise ValueError(f"Expected draws of 0 or more, received draws={draws}.")
    checked(level)
    values = {name: float(value[0]) for name, value in statistics(np.ones((1, n))).items()}
    units, unit_of = units_of(n, groups)
    if units == 1 or draws == 0:
        return {name: Estimate(value, math.nan, math.nan) for name, value in values.items()}
    rows = max(1, CHUNK // n)
    drawn = _gathered(statistics(weights) for weights in weights_of_draws(units, unit_of, draws, seed, rows))
    left = _left_out(units, unit_of, seed)
    kept = _gathered(statistics(left(start, start + rows)) for start in range(0, min(units, _BLOCKS), rows))
    wide = expanded(units, level)
    made: dict[str, Estimate] = {}
    for name, value in values.items():
        samples, without = (table[name][np.isfinite(table[name])] for table in (drawn, kept))
        if math.isnan(value) or not samples.size:
            made[name] = Estimate(value, math.nan, math.nan)
        else:
            low, high = np.quantile(samples, _levels(value, samples, without, wide))
            made[name] = Estimate(value, float(low), float(high))
    return made


def expanded(units: int, level: float) -> float:
    """The normal quantile of Hesterberg's expanded percentiles: wider the fewer units are drawn, at least 2."""
    return math.sqrt(units / (units - 1)) * student(level, units - 1)


def _levels(value: float, samples: Floats, without: Floats, wide: float) -> list[float]:
    """The shares of samples below the interval's ends: Efron's equation 14.10 with `wide` for the normal quantile."""
    below = float(((samples < value) + 0.5 * (samples == value)).mean())
    bias = _NORMAL.inv_cdf(min(max(below, 1 / len(samples)), 1 - 1 / len(samples))) if len(samples) > 1 else 0.0
    moved = without.mean() - without if without.size else without
    scale = float(np.square(moved).sum()) ** 1.5
    acceleration = float((moved**3).sum()) / (6 * scale) if scale > 0 else 0.0
    ends = [bias + end for end in (-wide, wide)]
    # Beyond the pole of the formula, which few groups can reach, the end is that of all samples.
    slopes = [max(1 - acceleration * end, 1e-9) for end in ends]
    return [_NORMAL.cdf(bias + end / slope) for end, slope in zip(ends, slopes, strict=True)]


def _left_out(units: int, unit_of: NDArray[np.intp] | None, seed: int) -> Callable[[int, int], Floats]:
    """Gives rows start..stop of the jackknife's weights: each block of units left out in turn."""
    blocks = min(units, _BLOCKS)
    block_of = np.random.default_rng(seed).permutation(units) % blocks if units > blocks else np.arange(units)
    of_example = block_of if unit_of is None else block_of[unit_of]
    return lambda start, stop: (np.arange(start, min(stop, blocks))[:, None] != of_example).astype(np.float64)


def _gathered(chunks: Any) -> dict[str, Floats]:
    """Statistics of chunks of weights, joined."""
    parts = list(chunks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
