"""The bias-corrected and accelerated bootstrap: the interval of every metric without a formula for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import (
    Estimate,
    Groups,
    check_level,
    draw_weights,
    find_units,
    rows_at_once,
    student_quantile,
)
from cnnbench.metrics.means import Floats

Statistics = Callable[[Floats], Mapping[str, Floats]]
"""Takes weights (m, n), how often each of m draws holds each example, and returns each statistic (m,) by name."""

_BLOCKS = 200  # of the jackknife, which estimate the same number at a cost that does not grow as n^2
_NORMAL = NormalDist()


def bca(
    statistics: Statistics,
    n: int,
    groups: Groups = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """Several statistics with their BCa intervals, from the same draws.

    B. Efron, "Better bootstrap confidence intervals", J. Am. Stat. Assoc. 82 (1987), widened for few groups as T. C.
    Hesterberg's expanded percentiles (The American Statistician 69, 2015). The acceleration is that of a jackknife over
    groups, and above 200 groups over 200 random blocks of them. Draws in which a statistic is NaN (a class is
    absent) are left out.

    Args:
        statistics: Of n examples.
        n: The number of examples.
        groups: Of the examples.
        draws: Number of draws with replacement; 0 for values without intervals, which is quick.
        seed: Of the draws.
        level: Of the intervals, between 0 and 1.

    Returns:
        By name: the statistic at weights of one and its interval, NaN for a single group or where it has no value.

    Raises:
        ValueError: There is no example, groups differ from examples in number, draws < 0, or level not within (0, 1).
    """
    if n < 1 or (groups is not None and len(groups) != n):
        raise ValueError(f"Expected one group for each of n >= 1 examples, received n={n}.")
    if draws < 0:
        raise ValueError(f"Expected draws of 0 or more, received draws={draws}.")
    # Now, since without draws nothing below would notice
    check_level(level)
    values = {name: float(value[0]) for name, value in statistics(np.ones((1, n))).items()}
    units, unit_of = find_units(n, groups)
    if units == 1 or draws == 0:
        return {name: Estimate(value, math.nan, math.nan) for name, value in values.items()}
    resampled = _join(statistics(weights) for weights in draw_weights(units, unit_of, draws, seed))
    jackknifed = _join(map(statistics, _jackknife_weights(n, units, unit_of, seed)))
    quantile = expanded_quantile(units, level)
    estimates: dict[str, Estimate] = {}
    for name, value in values.items():
        samples, left_out = (table[name][np.isfinite(table[name])] for table in (resampled, jackknifed))
        low = high = math.nan
        if not math.isnan(value) and samples.size:
            low, high = map(float, np.quantile(samples, _quantile_levels(value, samples, left_out, quantile)))
        estimates[name] = Estimate(value, low, high)
    return estimates


def expanded_quantile(units: int, level: float) -> float:
    """The normal quantile of Hesterberg's expanded percentiles: wider the fewer units are drawn, at least 2."""
    return math.sqrt(units / (units - 1)) * student_quantile(level, units - 1)


def _quantile_levels(value: float, samples: Floats, left_out: Floats, quantile: float) -> list[float]:
    """The shares of samples below the interval's ends: Efron's equation 14.10 with the expanded normal quantile."""
    # Ties count half: a metric of few values often equals its own, and would look biased
    below = float(((samples < value) + 0.5 * (samples == value)).mean())
    # Kept off 0 and 1, whose normal quantiles are infinite
    bias = _NORMAL.inv_cdf(min(max(below, 1 / len(samples)), 1 - 1 / len(samples))) if len(samples) > 1 else 0.0
    moved = left_out.mean() - left_out if left_out.size else left_out
    scale = float(np.square(moved).sum()) ** 1.5
    acceleration = float((moved**3).sum()) / (6 * scale) if scale > 0 else 0.0
    ends = [bias + end for end in (-quantile, quantile)]
    # Beyond the formula's pole, which few groups can reach, the end is that of all samples
    slopes = [max(1 - acceleration * end, 1e-9) for end in ends]
    return [_NORMAL.cdf(bias + end / slope) for end, slope in zip(ends, slopes, strict=True)]


def _jackknife_weights(n: int, units: int, unit_of: NDArray[np.intp] | None, seed: int) -> Iterable[Floats]:
    """Yields weights that leave out each block of units in turn, in chunks of rows."""
    blocks, rows = min(units, _BLOCKS), rows_at_once(n)
    # At random, since a source may be sorted by class; modulo, so that blocks are of equal size
    block_of = np.random.default_rng(seed).permutation(units) % blocks if units > blocks else np.arange(units)
    block_of_example = block_of if unit_of is None else block_of[unit_of]
    for start in range(0, blocks, rows):
        left_out = np.arange(start, min(start + rows, blocks))
        yield (left_out[:, None] != block_of_example).astype(np.float64)


def _join(chunks: Iterable[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Concatenates the statistics of chunks of weights."""
    parts = list(chunks)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
