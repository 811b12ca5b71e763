"""Estimates with their intervals: Wilson's for a proportion, the percentile bootstrap for anything else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[..., NDArray[np.float64]]

_CHUNK = 2**20  # weights held at once: 8 MiB of float64, whatever the size of the test set


class Estimate(NamedTuple):
    """A metric's value and the ends of its interval; NaN where one is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Estimate(math.nan, math.nan, math.nan)


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """A proportion with Wilson's score interval, which holds its level near 0 and 1 and for small n.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc.
    22 (1927); recommended by Brown, Cai and DasGupta, Stat. Sci. 16 (2001). No continuity correction. It
    takes the trials as independent: where examples share a patient, it is too narrow.

    Args:
        successes: How many trials succeeded, 0 to n.
        n: How many trials there were; for 0 the value is NaN and the interval 0 to 1.
        level: Of the interval, between 0 and 1.

    Returns:
        successes / n and the interval's ends.

    Raises:
        ValueError: successes is not within 0..n, or level not within (0, 1).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"Expected successes within 0..n, received successes={successes}, n={n}.")
    z = NormalDist().inv_cdf((1 + _checked(level)) / 2)
    if n == 0:
        return Estimate(math.nan, 0.0, 1.0)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At both ends the formula gives 0 and 1 but for rounding.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Estimate(p, low, high)


def bootstrap(
    statistic: Statistic,
    *arrays: NDArray[Any],
    groups: Sequence[str] | NDArray[Any] | None = None,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """A statistic with its percentile bootstrap interval (Efron and Tibshirani, 1993, chapter 13).

    Where groups repeat, whole groups are drawn: examples of one patient are no independent trials. Draws in
    which the statistic is NaN (a class is absent) are left out. A single group says nothing of the spread:
    its interval is NaN.

    Args:
        statistic: Called as `statistic(weights, *arrays)`, weights float64 (m, n): how often each of m draws
            holds each example. Returns float64 (m,), NaN where it is not defined.
        *arrays: What the statistic needs, each with n examples along its first axis.
        groups: The group of each example, shape (n,); None where each is its own.
        draws: Number of draws with replacement.
        seed: Of the draws; the same seed gives the same draws to every statistic over the same groups.
        level: Of the interval, between 0 and 1.

    Returns:
        The statistic at weights of one, and the quantiles of its draws.

    Raises:
        ValueError: The arrays or groups differ in length or are empty, draws < 1, or level not within (0, 1).
    """
    lengths = {len(array) for array in arrays} | ({len(groups)} if groups is not None else set())
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"Expected arrays of one length above 0, received lengths {sorted(lengths)}.")
    if draws < 1:
        raise ValueError(f"Expected at least one draw, received draws={draws}.")
    tail = (1 - _checked(level)) / 2
    n = lengths.pop()
    value = float(statistic(np.ones((1, n)), *arrays)[0])
    units, unit_of = units_of(n, groups)
    if math.isnan(value) or units == 1:
        return Estimate(value, math.nan, math.nan)
    chunks = weights_of_draws(units, unit_of, draws, seed, rows=max(1, _CHUNK // n))
    samples = np.concatenate([statistic(weights, *arrays) for weights in chunks])
    samples = samples[np.isfinite(samples)]
    if not samples.size:
        return Estimate(value, math.nan, math.nan)
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


def weights_of_draws(
    units: int, unit_of: NDArray[np.intp] | None, draws: int, seed: int, rows: int
) -> Iterator[NDArray[np.float64]]:
    """Yields the weights of all draws, `rows` at a time, so that memory stays flat for large test sets."""
    rng = np.random.default_rng(seed)
    for start in range(0, draws, rows):
        count = min(rows, draws - start)
        drawn = rng.integers(0, units, size=(count, units)) + np.arange(count)[:, None] * units
        weights = np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units).astype(np.float64)
        yield weights if unit_of is None else weights[:, unit_of]


def units_of(n: int, groups: Sequence[str] | NDArray[Any] | None) -> tuple[int, NDArray[np.intp] | None]:
    """How many units are drawn, and the unit of each example; None where each example is one."""
    if groups is None:
        return n, None
    names, unit_of = np.unique(np.asarray(groups), return_inverse=True)
    return (n, None) if len(names) == n else (len(names), unit_of)


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"Expected a level within (0, 1), received level={level}.")
    return level
