"""Whether a classifier that says 80 % is right in 80 of 100 cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.evaluation.bca import expanded
from cnnbench.evaluation.intervals import CHUNK, Estimate, units_of, weights_of_draws
from cnnbench.evaluation.means import Floats, divide

BINS = 15


def ece(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    groups: Sequence[str] | NDArray[Any] | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The expected calibration error: the mean gap between score and share of right answers, by bins of the score.

    C. Guo et al., "On calibration of modern neural networks", ICML 2017: 15 bins of equal width, closed above, weighted
    by their examples.

    Chance gaps do not cancel: on few examples a perfectly calibrated network has an error above 0, and a bootstrap adds
    to it once more. The interval's low end is therefore the value less what chance makes of gaps (the mean distance of
    drawn gaps from the seen ones, its upper quantile), below which the error of all examples lies in no more than its
    share of tests; the high end is the upper quantile of the draws less the bias that they add. Together they hold
    their level or more (benchmarks/coverage.py).

    Args:
        labels: Class indices, shape (n,).
        scores: Finite probabilities, a column per class, shape (n, k).
        groups: The group of each example, shape (n,), drawn whole; None where each is its own.
        draws: Number of draws with replacement; 0 for a value without an interval.
        seed: Of the draws.
        level: Of the interval, between 0 and 1.

    Returns:
        Within 0..1; of one group an interval of NaN.
    """
    score, right = scores.max(axis=1).astype(np.float64), scores.argmax(axis=1) == labels
    n, bins = len(labels), _bin(score)
    order = np.argsort(bins, kind="stable")
    starts = np.flatnonzero(np.diff(bins[order], prepend=-1))
    missed = (right - score)[order]

    def gaps(weights: Floats) -> Floats:
        sums: Floats = np.add.reduceat(weights[:, order] * missed, starts, axis=1)
        return divide(sums, weights.sum(axis=1, keepdims=True))

    seen = gaps(np.ones((1, n)))
    value = float(np.abs(seen).sum())
    units, unit_of = units_of(n, groups)
    if units == 1 or draws == 0:
        return Estimate(value, math.nan, math.nan)
    chunks = [gaps(weights) for weights in weights_of_draws(units, unit_of, draws, seed, max(1, CHUNK // n))]
    drawn = np.concatenate(chunks)
    top = NormalDist().cdf(expanded(units, level))
    samples = np.abs(drawn).sum(axis=1)
    low = value - float(np.quantile(np.abs(drawn - seen).sum(axis=1), top))
    high = value + float(np.quantile(samples, top) - samples.mean())
    return Estimate(value, max(0.0, low), min(1.0, high))


def reliability(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> pd.DataFrame:
    """The table behind the reliability diagram (A. Niculescu-Mizil and R. Caruana, ICML 2005).

    Args:
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).

    Returns:
        A row per bin of the predicted class's score, columns low and high (its edges), n (test examples in it), score
        (their mean score) and right (the share whose predicted class is the true one); the last two NaN where n is 0.
        All n are 0 where a score is not finite.
    """
    edges = np.arange(BINS + 1) / BINS
    empty = np.zeros(BINS)
    counts, total, hits = empty, empty, empty
    if np.isfinite(scores).all():
        top, right = scores.max(axis=1).astype(np.float64), scores.argmax(axis=1) == labels
        bins = _bin(top)
        counts, total, hits = (np.bincount(bins, each, BINS).astype(np.float64) for each in (top**0, top, right))
    columns = {"low": edges[:-1], "high": edges[1:], "n": counts.astype(np.int64)}
    return pd.DataFrame(columns | {"score": divide(total, counts), "right": divide(hits, counts)})


def _bin(score: Floats) -> NDArray[np.intp]:
    """The bin of each score: above its lower edge, up to its upper one."""
    bins: NDArray[np.intp] = np.clip(np.ceil(score * BINS) - 1, 0, BINS - 1).astype(np.intp)
    return bins
