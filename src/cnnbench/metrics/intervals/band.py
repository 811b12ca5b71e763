"""The band round a ROC curve: a pointwise interval of the true positive rate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import ranking
from cnnbench.metrics.intervals.bootstrap import Groups, draw_weights, find_units
from cnnbench.metrics.intervals.proportions import wilson
from cnnbench.metrics.means import Floats, mean_defined


def band(
    fpr: Floats,
    tpr: Floats,
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    averaged: Sequence[int],
    groups: Groups = None,
    *,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """The interval of a true positive rate, or of its mean over classes, at each false positive rate.

    It is Wilson's, for the number of trials whose share has the variance of the rate over resamples of the test
    examples. So it keeps its level near 1, where quantiles of the resamples do not (tests/metrics/intervals/
    test_band.py). It is too narrow at the rates of one or two negatives, where the curve depends on their scores. Ends
    are widened so that they rise with the false positive rate, as the curve does.

    Args:
        fpr: False positive rates, ascending, shape (p,).
        tpr: The curve there, shape (p,).
        labels: Class indices, shape (n,).
        scores: A column per class, finite, shape (n, k).
        averaged: The classes, all occurring, of the one-vs-rest curves in the mean.
        groups: Of the examples.
        draws: Few are enough, since only their variance is used.
        seed: Of the draws.
        level: Of the interval at each rate, between 0 and 1.

    Returns:
        The lower and the upper ends, each of shape (p,); NaN for a single group.
    """
    n = len(labels)
    units, unit_of = find_units(n, groups)
    if units == 1:
        return np.full(fpr.shape, np.nan), np.full(fpr.shape, np.nan)
    drawn = np.concatenate(
        [
            mean_defined(np.stack([_rates(weights, labels == c, scores[:, c], fpr) for c in averaged], axis=-1))
            for weights in draw_weights(units, unit_of, draws, seed)
        ]
    )
    # A draw may lack a class, and then has no curve
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    mean, variance = drawn.mean(axis=0), drawn.var(axis=0)
    # At most the number of positives; without variance, as at a rate of 1, that of the rarest class for each class
    unit = np.arange(n) if unit_of is None else unit_of
    varies = variance > 0
    trials = np.minimum(mean * (1 - mean) / np.where(varies, variance, 1), np.isin(labels, averaged).sum())
    trials[~varies] = len(averaged) * min(len(np.unique(unit[labels == c])) for c in averaged)
    ends = [wilson(float(p), float(m), level, units - 1) for p, m in zip(tpr, trials, strict=True)]
    low, high = np.array([end.low for end in ends]), np.array([end.high for end in ends])
    return np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)


def _rates(weights: Floats, positive: NDArray[np.bool_], score: NDArray[np.floating], fpr: Floats) -> Floats:
    """True positive rates of m draws at those false positive rates, shape (m, p); NaN where a draw has one class."""
    hits, predicted = ranking.cumulate(weights, positive, score.astype(np.float64))
    misses = predicted - hits
    rates = np.full((len(weights), len(fpr)), np.nan)
    for row in np.flatnonzero((hits[:, -1] > 0) & (misses[:, -1] > 0)):
        x, y = (np.append(0.0, counts[row] / counts[row, -1]) for counts in (misses, hits))
        rates[row] = np.interp(fpr, x, y)
    return rates
