"""How well scores rank positives above negatives, in many draws at once.

Throughout, `weights`, shape (m, n), say how often each of m draws holds each of n examples; `positive`, shape (n,),
marks the positive ones; the higher `score`, shape (n,), the more likely positive. Of a classifier, `labels` are class
indices, shape (n,), and `scores` have a column per class, shape (n, k). A result is NaN where a draw lacks a class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats, divide, mean_defined


def auc(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> Floats:
    """The area under the ROC curve, shape (m,): how often a positive scores above a negative, ties counted half.

    The Mann-Whitney form: J. A. Hanley and B. J. McNeil, Radiology 143 (1982).
    """
    hits, misses = np.flatnonzero(positive), np.flatnonzero(~positive)
    misses = misses[np.argsort(score[misses], kind="stable")]
    # cumulative[:, j] is the weight of the j lowest negatives: two look-ups give those below and not above
    cumulative = np.zeros((len(weights), len(misses) + 1))
    np.cumsum(weights[:, misses], axis=1, out=cumulative[:, 1:])
    below = cumulative[:, np.searchsorted(score[misses], score[hits], side="left")]
    not_above = cumulative[:, np.searchsorted(score[misses], score[hits], side="right")]
    wins = (weights[:, hits] * (below + not_above)).sum(axis=1) / 2
    return divide(wins, weights[:, hits].sum(axis=1) * cumulative[:, -1])


def one_vs_rest(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The area of each class against all others, shape (m, k)."""
    columns = [auc(weights, labels == index, scores[:, index]) for index in range(scores.shape[1])]
    return np.stack(columns, axis=1)


def roc_auc(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The area of class 1 of two, else the mean one-vs-rest area of the classes that occur; shape (m,).

    The mean is scikit-learn's `roc_auc_score(multi_class="ovr", average="macro")`, which has no value where a
    class is absent from the labels; here such a class is left out.
    """
    if scores.shape[1] == 2:
        return auc(weights, labels == 1, scores[:, 1])
    return mean_defined(one_vs_rest(weights, labels, scores))


def roc_auc_weighted(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """As `roc_auc` of three classes or more, each class weighted by its share of the draw; shape (m,)."""
    shares = np.stack([weights[:, labels == index].sum(axis=1) for index in range(scores.shape[1])], axis=1)
    areas = one_vs_rest(weights, labels, scores)
    held = np.where(np.isfinite(areas), shares, 0.0)
    # NaN * 0 is NaN: a class without an area has to become 0 before it is left out
    return divide((np.nan_to_num(areas) * held).sum(axis=1), held.sum(axis=1))


def average_precisions(weights: Floats, labels: NDArray[np.integer], scores: Floats) -> Floats:
    """The average precision of class 1 of two, else the mean over the classes that occur; shape (m,)."""
    classes = [1] if scores.shape[1] == 2 else range(scores.shape[1])
    ranked = [average_precision(weights, labels == index, scores[:, index]) for index in classes]
    return mean_defined(np.stack(ranked, axis=1))


def average_precision(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> Floats:
    """The mean precision over the positives, by falling score: scikit-learn's average_precision_score; shape (m,)."""
    hits, predicted = cumulate(weights, positive, score)
    gained = np.diff(hits, axis=1, prepend=0.0)
    # A draw may hold none of the first examples: nothing is predicted yet
    precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
    return divide((gained * precision).sum(axis=1), hits[:, -1])


def sensitivity_at(weights: Floats, positive: NDArray[np.bool_], score: Floats, specificity: float = 0.95) -> Floats:
    """The highest sensitivity at a specificity of at least this, a point of the ROC curve; shape (m,)."""
    hits, predicted = cumulate(weights, positive, score)
    false = predicted - hits
    allowed = false <= (1 - specificity) * false[:, -1:] + 1e-9  # the shares are rounded
    best = np.where(allowed, hits, 0.0).max(axis=1)
    return np.where(false[:, -1] > 0, divide(best, hits[:, -1]), np.nan)


def cumulate(weights: Floats, positive: NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats]:
    """The ROC curve as counts: weights of the positives and of all at or above each distinct score.

    Each has the shape (m, distinct scores), from the highest score.
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)  # of each run of equal scores
    ordered = weights[:, order]
    return np.cumsum(ordered * positive[order], axis=1)[:, last], np.cumsum(ordered, axis=1)[:, last]
