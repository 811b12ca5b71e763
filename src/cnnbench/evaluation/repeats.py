"""A metric over repeats of one training that differ in their seed: mean, spread, and an interval over both.

A repeat says how much the initial weights and the order of examples matter; the test examples say how much the choice
of patients does. Both are drawn anew in each bootstrap draw: the test groups, the same for all repeats, and the
repeats themselves (a two-way bootstrap, Owen, "The pigeonhole bootstrap", Ann. Appl. Stat. 1, 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.intervals import Estimate, Statistic, units_of, weights_of_draws
from cnnbench.evaluation.means import Floats

_CHUNK = 2**20  # weights held at once, as in `intervals`


class Draws(NamedTuple):
    """A metric over repeats.

    Attributes:
        values: Of each repeat on the test set, shape (repeats,).
        samples: Mean over drawn repeats on drawn groups, shape (draws,).
    """

    values: Floats
    samples: Floats

    @property
    def mean(self) -> float:
        """Of the repeats."""
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        """Standard deviation of the repeats; NaN for one."""
        return float(self.values.std(ddof=1)) if len(self.values) > 1 else math.nan


def bootstrap(
    statistic: Statistic,
    repeats: Sequence[tuple[NDArray[Any], ...]],
    groups: Sequence[str] | NDArray[Any] | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
) -> Draws:
    """Draws groups of test examples, and repeats.

    Args:
        statistic: As in `intervals.bootstrap`.
        repeats: Of each repeat the statistic's arrays, each with the same n examples in the same order.
        groups: The group of each example, shape (n,); None where each is its own.
        draws: Number of draws with replacement.
        seed: Of the draws; two calls with the same seed and groups draw the same examples, so that the difference of
            their samples is a paired one.

    Raises:
        ValueError: There is no repeat.
    """
    if not repeats:
        raise ValueError("Expected at least one repeat, received none.")
    n = len(repeats[0][0])
    values = np.array([statistic(np.ones((1, n)), *arrays)[0] for arrays in repeats])
    units, unit_of = units_of(n, groups)
    chunks = weights_of_draws(units, unit_of, draws, seed, rows=max(1, _CHUNK // n))
    drawn = [np.stack([statistic(weights, *arrays) for arrays in repeats]) for weights in chunks]
    table = np.concatenate(drawn, axis=1)  # (repeats, draws)
    rng = np.random.default_rng(seed + 1)
    picked = rng.integers(0, len(repeats), size=table.shape)
    return Draws(values, np.take_along_axis(table, picked, axis=0).mean(axis=0))


def estimate(draws: Draws, level: float = 0.95) -> Estimate:
    """The mean over repeats with its percentile interval."""
    return _interval(draws.mean, draws.samples, level)


def difference(first: Draws, second: Draws, level: float = 0.95) -> Estimate:
    """First minus second: paired where both drew the same examples, else as of independent test sets."""
    return _interval(first.mean - second.mean, first.samples - second.samples, level)


def _interval(value: float, samples: Floats, level: float) -> Estimate:
    samples = samples[np.isfinite(samples)]
    if not samples.size:
        return Estimate(value, math.nan, math.nan)
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value, float(low), float(high))
