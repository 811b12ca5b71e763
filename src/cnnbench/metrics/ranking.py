"""How well scores rank the positive before the negative, of many draws at once, from ranks: no curve is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats, divide, mean_defined


def auc(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> Floats:
    """How often a positive example scores above a negative one, ties counted half: the area under the ROC.

    The Mann-Whitney form: J. A. Hanley and B. J. McNeil, Radiology 143 (1982).

    Args:
        weights: How often each draw holds each example, shape (m, n).
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).

    Returns:
        The area of each draw, shape (m,); NaN where it holds no positive or no negative example.
    """
    hits, misses = np.flatnonzero(positive), np.flatnonzero(~positive)
    misses = misses[np.argsort(score[misses], kind="stable")]
    # cumulative[:, j] is the weight of the j lowest negatives: two look-ups give those below and not above.
    cumulative = np.zeros((len(weights), len(misses) + 1))
    np.cumsum(weights[:, misses], axis=1, out=cumulative[:, 1:])
    below = cumulative[:, np.searchsorted(score[misses], score[hits], side="left")]
    not_above = cumulative[:, np.searchsorted(score[misses], score[hits], side="right")]
    wins = (weights[:, hits] * (below + not_above)).sum(axis=1) / 2
    return divide(wins, weights[:, hits].sum(axis=1) * cumulative[:, -1])


def one_vs_rest(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The area of each class against all others.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).

    Returns:
        Areas, shape (m, k); NaN where a draw lacks the class or holds nothing else.
    """
    columns = [auc(weights, labels == index, scores[:, index]) for index in range(scores.shape[1])]
    return np.stack(columns, axis=1)


def roc_auc(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The one area of a classifier: of class 1 where there are two, else the mean over those that occur.

    The mean is scikit-learn's `roc_auc_score(multi_class="ovr", average="macro")`, which has no value where a
    class is absent from the labels; here such a class is left out.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).

    Returns:
        The area of each draw, shape (m,).
    """
    if scores.shape[1] == 2:
        return auc(weights, labels == 1, scores[:, 1])
    return mean_defined(one_vs_rest(weights, labels, scores))


def roc_auc_weighted(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """As `roc_auc` of three classes or more, each class weighted by its share of the draw; shape (m,)."""
    shares = np.stack([weights[:, labels == index].sum(axis=1) for index in range(scores.shape[1])], axis=1)
    areas = one_vs_rest(weights, labels, scores)
    held = np.where(np.isfinite(areas), shares, 0.0)
    return divide((np.nan_to_num(areas) * held).sum(axis=1), held.sum(axis=1))


def average_precisions(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The one average precision of a classifier: of class 1 where there are two, else the mean over those that occur.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).

    Returns:
        Of each draw, shape (m,).
    """
    classes = [1] if scores.shape[1] == 2 else range(scores.shape[1])
    ranked = [average_precision(weights, labels == index, scores[:, index]) for index in classes]
    return mean_defined(np.stack(ranked, axis=1))


def average_precision(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> Floats:
    """The mean precision at each positive found, going down the scores: scikit-learn's average_precision_score.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).

    Returns:
        Of each draw, shape (m,), equal scores taken at once; NaN where it holds no positive example.
    """
    hits, found = cumulated(weights, positive, score)
    gained = np.diff(hits, axis=1, prepend=0.0)
    precision = np.divide(hits, found, out=np.zeros_like(hits), where=found > 0)
    return divide((gained * precision).sum(axis=1), hits[:, -1])


def sensitivity_at(weights: Floats, positive: NDArray[np.bool_], score: Floats, specificity: float = 0.95) -> Floats:
    """The highest sensitivity of a threshold that leaves that specificity: a point of the ROC curve.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).
        specificity: The share of negatives to be spared, at least.

    Returns:
        Of each draw, shape (m,); NaN where it holds no positive or no negative example.
    """
    hits, found = cumulated(weights, positive, score)
    taken = found - hits  # negatives
    spared = taken <= (1 - specificity) * taken[:, -1:] + 1e-9
    best = np.where(spared, hits, 0.0).max(axis=1)
    return np.where(taken[:, -1] > 0, divide(best, hits[:, -1]), np.nan)


def cumulated(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """The ROC curve as counts, of many draws at once.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).

    Returns:
        Weights of the positives and of all at or above each score that occurs, from the highest; each (m, scores).
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of each run of equal scores
    ordered = weights[:, order]
    return np.cumsum(ordered * positive[order], axis=1)[:, last], np.cumsum(ordered, axis=1)[:, last]
