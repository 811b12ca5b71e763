"""Calibration of scores: its error, its diagram, and the temperature that corrects it."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bca import expanded_quantile
from cnnbench.metrics.intervals.bootstrap import Estimate, Groups, draw_weights, find_units
from cnnbench.metrics.means import Floats, divide

if TYPE_CHECKING:
    import pandas as pd

BINS = 15  # as Guo et al.
COLDEST, HOTTEST = 0.25, 100.0  # temperatures within which the best is searched


def ece(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    groups: Groups = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The expected calibration error: the mean gap between score and accuracy, by bins of the score.

    C. Guo et al., "On calibration of modern neural networks", ICML 2017: 15 bins of equal width, closed above, weighted
    by their examples.

    The interval's low end is the value less the upper quantile of the distance between resampled and observed gaps; the
    high end is the upper quantile of the draws less the bias that they add. Together they hold their level or more
    (benchmarks/coverage.py).

    Args:
        labels: Class indices, shape (n,).
        scores: Finite probabilities, a column per class, shape (n, k).
        groups: Of the examples.
        draws: Number of draws with replacement; 0 for a value without an interval.
        seed: Of the draws.
        level: Of the interval, between 0 and 1.

    Returns:
        Within 0..1; with an interval of NaN for a single group.
    """
    score, correct = scores.max(axis=1).astype(np.float64), scores.argmax(axis=1) == labels
    n, bins = len(labels), _bin(score)
    order = np.argsort(bins, kind="stable")
    # Of occupied bins only: np.add.reduceat gives an element, not 0, for an empty slice
    starts = np.flatnonzero(np.diff(bins[order], prepend=-1))
    missed = (correct - score)[order]

    def gaps(weights: Floats) -> Floats:
        sums: Floats = np.add.reduceat(weights[:, order] * missed, starts, axis=1)
        return divide(sums, weights.sum(axis=1, keepdims=True))

    observed = gaps(np.ones((1, n)))
    value = float(np.abs(observed).sum())
    units, unit_of = find_units(n, groups)
    if units == 1 or draws == 0:
        return Estimate(value, math.nan, math.nan)
    drawn = np.concatenate([gaps(weights) for weights in draw_weights(units, unit_of, draws, seed)])
    top = NormalDist().cdf(expanded_quantile(units, level))
    samples = np.abs(drawn).sum(axis=1)
    # Chance gaps do not cancel: on few examples even a perfectly calibrated network has an error above 0
    low = value - float(np.quantile(np.abs(drawn - observed).sum(axis=1), top))
    # Resampling adds chance gaps once more: the draws are too high by that bias
    high = value + float(np.quantile(samples, top) - samples.mean())
    return Estimate(value, max(0.0, low), min(1.0, high))


def reliability(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> pd.DataFrame:
    """The table behind the reliability diagram (A. Niculescu-Mizil and R. Caruana, ICML 2005).

    Args:
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).

    Returns:
        A row per bin of the predicted class's score, columns low and high (its edges), n (test examples in it), score
        (their mean score) and right (their accuracy); the last two NaN where n is 0. All n are 0 where a score is not
        finite.
    """
    import pandas as pd

    edges = np.arange(BINS + 1) / BINS
    counts = total = hits = np.zeros(BINS)
    if np.isfinite(scores).all():
        top, correct = scores.max(axis=1).astype(np.float64), scores.argmax(axis=1) == labels
        bins = _bin(top)
        counts, total, hits = (np.bincount(bins, each, BINS).astype(np.float64) for each in (top**0, top, correct))
    columns = {"low": edges[:-1], "high": edges[1:], "n": counts.astype(np.int64)}
    return pd.DataFrame(columns | {"score": divide(total, counts), "right": divide(hits, counts)})


def fit_temperature(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> float:
    """The temperature that calibrates the scores: C. Guo et al., ICML 2017.

    It minimises the log loss of softmax(log(scores) / temperature); above 1 the network was overconfident. The
    predicted class stays the same. With n examples, a target is (n + 1) / (n + 2) for the true class and the rest for
    the others (after J. Platt, "Probabilistic outputs for support vector machines", 1999).

    Args:
        labels: Class indices of validation examples, shape (n,).
        scores: Probabilities, a column per class, shape (n, k).

    Returns:
        Six significant digits within 0.25..100. 1, which changes nothing, where fewer than two classes occur, a score
        is not finite, or no other temperature has a lower loss.
    """
    if len(np.unique(labels)) < 2 or not np.isfinite(scores).all():
        return 1.0
    from scipy.optimize import minimize_scalar

    n, k = scores.shape
    # Platt's targets: else a few validation examples, all correct, would give the lowest temperature
    own, other = (n + 1) / (n + 2), 1 / (n + 2) / (k - 1)
    targets = np.where(np.eye(k)[labels] == 1, own, other)

    def loss(log_temperature: float) -> float:
        return float(-(targets * log_calibrated(scores, math.exp(log_temperature))).sum(axis=1).mean())

    # The loss is convex in 1 / temperature, so it has one minimum on a logarithmic scale too
    ends = math.log(COLDEST), math.log(HOTTEST)
    best = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-8})
    # Six digits, since the last bits of an optimiser may differ between machines, and run.json must not
    rounded = float(f"{math.exp(best.x):.6g}")
    return rounded if loss(math.log(rounded)) < loss(0.0) else 1.0


def calibrate(scores: NDArray[np.floating], temperature: float) -> Floats:
    """Probabilities at a temperature above 0: softmax(log(scores) / temperature), shape (n, k); NaN for NaN."""
    return np.asarray(np.exp(log_calibrated(scores, temperature)))


def log_calibrated(scores: NDArray[np.floating], temperature: float) -> Floats:
    """The logarithms of `calibrate`, finite where a score is 0."""
    wide = scores.astype(np.float64)
    # A score of 0 would cost an infinite loss at every temperature, and none could be fitted
    logits = np.log(np.clip(wide, np.finfo(np.float64).eps, 1)) / temperature
    # Else all exponentials become 0 at a low temperature
    logits -= logits.max(axis=1, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


def _bin(score: Floats) -> NDArray[np.intp]:
    """The bin of each score: above its lower edge, up to its upper one."""
    # Clipped for a score of 0, which is above no lower edge
    return np.asarray(np.clip(np.ceil(score * BINS) - 1, 0, BINS - 1).astype(np.intp))
