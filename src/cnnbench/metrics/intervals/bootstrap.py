"""Estimates with their intervals, and the resamples of a bootstrap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Groups = Sequence[str] | NDArray[Any] | None
"""Patient, lesion or slide of each example, shape (n,), which is resampled whole; None where each is its own."""

CHUNK = 2**20  # weights held at once: 8 MiB of float64, whatever the size of the test set


class Estimate(NamedTuple):
    """A metric's value and the ends of its interval; NaN where not defined."""

    value: float
    low: float
    high: float


UNDEFINED = Estimate(math.nan, math.nan, math.nan)


def draw_weights(units: int, unit_of: NDArray[np.intp] | None, draws: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Draws units of `find_units` with replacement, and yields how often each draw holds each example.

    It yields chunks of the rows of (draws, n). The same seed gives the same draws over the same groups.
    """
    rng, rows = np.random.default_rng(seed), rows_at_once(units if unit_of is None else len(unit_of))
    for start in range(0, draws, rows):
        count = min(rows, draws - start)
        drawn = rng.integers(0, units, size=(count, units)) + np.arange(count)[:, None] * units
        # One count for all rows of the chunk: each row's units have numbers of their own
        weights = np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units).astype(np.float64)
        yield weights if unit_of is None else weights[:, unit_of]


def rows_at_once(n: int) -> int:
    """The number of rows of n weights that are held at once, so that memory stays flat for large test sets."""
    return max(1, CHUNK // n)


def find_units(n: int, groups: Groups) -> tuple[int, NDArray[np.intp] | None]:
    """The number of units to draw, and the unit of each example; None where each example is one."""
    if groups is None:
        return n, None
    names, unit_of = np.unique(np.asarray(groups), return_inverse=True)
    # Groups of one example each are none: the formulas for independent examples hold
    return (n, None) if len(names) == n else (len(names), unit_of)


def student_quantile(level: float, freedom: float) -> float:
    """The two-sided quantile of Student's t, e.g. 1.96 for 0.95 and infinite degrees of freedom."""
    if math.isinf(freedom):
        return NormalDist().inv_cdf((1 + check_level(level)) / 2)
    # Not scipy.stats.t, whose import takes twice as long
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + check_level(level)) / 2))


def check_level(level: float) -> float:
    """Returns a level within (0, 1), and raises a ValueError for any other."""
    if not 0 < level < 1:
        raise ValueError(f"Expected a level within (0, 1), received level={level}.")
    return level
