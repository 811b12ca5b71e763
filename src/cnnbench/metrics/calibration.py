"""Whether a classifier that says 80 % is right in 80 of 100 cases, and how to make it so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bca import expanded
from cnnbench.metrics.intervals.bootstrap import CHUNK, Estimate, units_of, weights_of_draws
from cnnbench.metrics.means import Floats, divide

if TYPE_CHECKING:
    import pandas as pd

BINS = 15
COLDEST, HOTTEST = 0.25, 100.0  # temperatures


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
    import pandas as pd

    edges = np.arange(BINS + 1) / BINS
    empty = np.zeros(BINS)
    counts, total, hits = empty, empty, empty
    if np.isfinite(scores).all():
        top, right = scores.max(axis=1).astype(np.float64), scores.argmax(axis=1) == labels
        bins = _bin(top)
        counts, total, hits = (np.bincount(bins, each, BINS).astype(np.float64) for each in (top**0, top, right))
    columns = {"low": edges[:-1], "high": edges[1:], "n": counts.astype(np.int64)}
    return pd.DataFrame(columns | {"score": divide(total, counts), "right": divide(hits, counts)})


def temperature(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> float:
    """The temperature that makes scores as sure as they should be: C. Guo et al., ICML 2017.

    It minimises the log loss of softmax(log(scores) / temperature); above 1 the network was too sure. The predicted
    class stays the same. Of n examples each counts as n + 1 of n + 2 for its own class, the rest for the others (as J.
    Platt's targets do, "Probabilistic outputs for support vector machines", 1999): else a network that is right on a
    few validation examples would be made as sure as can be.

    Args:
        labels: Class indices of validation examples, shape (n,).
        scores: Probabilities, a column per class, shape (n, k).

    Returns:
        Six significant digits within 0.25..100. 1, which changes nothing, where fewer than two classes occur, a score
        is not finite, or no temperature does better.
    """
    if len(np.unique(labels)) < 2 or not np.isfinite(scores).all():
        return 1.0
    from scipy.optimize import minimize_scalar

    n, k = scores.shape
    own, other = (n + 1) / (n + 2), 1 / (n + 2) / (k - 1)
    targets = np.where(np.eye(k)[labels] == 1, own, other)

    def loss(log_temperature: float) -> float:
        return float(-(targets * log_calibrated(scores, math.exp(log_temperature))).sum(axis=1).mean())

    # The loss is convex in 1 / temperature, so it falls to one minimum and rises again on a logarithmic scale too
    ends = math.log(COLDEST), math.log(HOTTEST)
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-8})
    rounded = float(f"{math.exp(found.x):.6g}")
    return rounded if loss(math.log(rounded)) < loss(0.0) else 1.0


def calibrated(scores: NDArray[np.floating], temperature: float) -> Floats:
    """Scores at another temperature.

    Args:
        scores: Probabilities, a column per class, shape (n, k).
        temperature: Above 0.

    Returns:
        softmax(log(scores) / temperature), shape (n, k), each row summing to 1; NaN where a score is.
    """
    found: Floats = np.exp(log_calibrated(scores, temperature))
    return found


def log_calibrated(scores: NDArray[np.floating], temperature: float) -> Floats:
    """The logarithms of `calibrated`, finite where a score is 0."""
    wide = scores.astype(np.float64)
    logits = np.log(np.clip(wide, np.finfo(np.float64).eps, 1)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    found: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return found


def _bin(score: Floats) -> NDArray[np.intp]:
    """The bin of each score: above its lower edge, up to its upper one."""
    bins: NDArray[np.intp] = np.clip(np.ceil(score * BINS) - 1, 0, BINS - 1).astype(np.intp)
    return bins
