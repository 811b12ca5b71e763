"""The band round a ROC curve: where, at each false positive rate, the true positive rate may well lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import ranking
from cnnbench.metrics.intervals.bootstrap import CHUNK, units_of, weights_of_draws
from cnnbench.metrics.intervals.proportions import wilson_of_share
from cnnbench.metrics.means import Floats, mean_defined


def band(
    fpr: Floats,
    tpr: Floats,
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    averaged: Sequence[int],
    groups: Sequence[str] | NDArray[Any] | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """The pointwise interval of a true positive rate, or of the mean of several classes', at each false positive rate.

    It is Wilson's, for as many trials as the rate is worth: a share of so many would vary as the rate does over draws
    of the test examples (of groups, where they repeat). So it keeps its level near 1, where quantiles of the draws do
    not; see tests/evaluation/test_band.py. It is too narrow at rates of one or two negatives, where the curve hangs on
    their scores. Ends are widened so that they rise with the false positive rate, as the curve does.

    Args:
        fpr: False positive rates, ascending, shape (p,).
        tpr: The curve there, shape (p,).
        labels: Class indices, shape (n,).
        scores: A column per class, finite, shape (n, k).
        averaged: The classes whose curve against the rest it is the mean of; each occurs.
        groups: The group of each example, shape (n,); None where each is its own.
        draws: With replacement; few do, since only a variance is taken from them.
        seed: Of the draws.
        level: Of the interval at each rate, between 0 and 1.

    Returns:
        The lower and the upper ends, each of shape (p,); NaN where there is one group.
    """
    n = len(labels)
    units, unit_of = units_of(n, groups)
    if units == 1:
        return np.full(fpr.shape, np.nan), np.full(fpr.shape, np.nan)
    drawn = np.concatenate(
        [
            mean_defined(np.stack([_rates(weights, labels == c, scores[:, c], fpr) for c in averaged], axis=-1))
            for weights in weights_of_draws(units, unit_of, draws, seed, rows=max(1, CHUNK // n))
        ]
    )
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    mean, variance = drawn.mean(axis=0), drawn.var(axis=0)
    # Worth no more than the positives; where no draw differs, as at a rate of 1, each class as sure as the rarest.
    of = np.arange(n) if unit_of is None else unit_of
    spread = variance > 0
    worth = np.minimum(mean * (1 - mean) / np.where(spread, variance, 1), np.isin(labels, averaged).sum())
    worth[~spread] = len(averaged) * min(len(np.unique(of[labels == c])) for c in averaged)
    ends = [wilson_of_share(float(p), float(m), level, units - 1) for p, m in zip(tpr, worth, strict=True)]
    low, high = np.array([end.low for end in ends]), np.array([end.high for end in ends])
    return np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)


def _rates(weights: Floats, positive: NDArray[np.bool_], score: NDArray[np.floating], fpr: Floats) -> Floats:
    """True positive rates of m draws at those false positive rates, shape (m, p); NaN where a draw has one class."""
    hits, found = ranking.cumulated(weights, positive, score.astype(np.float64))
    misses = found - hits
    rates = np.full((len(weights), len(fpr)), np.nan)
    for row in np.flatnonzero((hits[:, -1] > 0) & (misses[:, -1] > 0)):
        x, y = (np.append(0.0, counts[row] / counts[row, -1]) for counts in (misses, hits))
        rates[row] = np.interp(fpr, x, y)
    return rates
