"""Estimates with their intervals, and the draws of a bootstrap."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[..., NDArray[np.float64]]

CHUNK = 2**20  # weights held at once: 8 MiB of float64, whatever the size of the test set


class Estimate(NamedTuple):
    """A metric's value and the ends of its interval; NaN where one is not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Estimate(math.nan, math.nan, math.nan)


def bootstrap(
    statistic: Statistic,
    *arrays: NDArray[Any],
    groups: Sequence[str] | NDArray[Any] | None = None,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """A statistic with its percentile bootstrap interval (Efron and Tibshirani, 1993, chapter 13); see also `bca`.

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
    tail = (1 - checked(level)) / 2
    n = lengths.pop()
    value = float(statistic(np.ones((1, n)), *arrays)[0])
    units, unit_of = units_of(n, groups)
    if math.isnan(value) or units == 1:
        return Estimate(value, math.nan, math.nan)
    chunks = weights_of_draws(units, unit_of, draws, seed, rows=max(1, CHUNK // n))
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


def student(level: float, freedom: float) -> float:
    """The two-sided quantile of Student's t, e.g. 1.96 for 0.95 and infinite degrees of freedom."""
    if math.isinf(freedom):
        return NormalDist().inv_cdf((1 + checked(level)) / 2)
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + checked(level)) / 2))


def checked(level: float) -> float:
    """A level within (0, 1), else a ValueError."""
    if not 0 < level < 1:
        raise ValueError(f"Expected a level within (0, 1), received level={level}.")
    return level
