"""A classifier's confusion matrix, ROC curves and areas, for the tables of a run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.metrics import ranking
from cnnbench.metrics.intervals.band import band
from cnnbench.metrics.intervals.bootstrap import Groups
from cnnbench.metrics.means import Floats, mean_defined

MACRO = "macro"
_MOST_POINTS = 500  # of a stored curve: more than a plot can show


def confusion(labels: NDArray[np.integer], predicted: NDArray[np.integer], k: int) -> NDArray[np.int64]:
    """Counts by true class (row) and predicted class (column), indices within 0..k-1; shape (k, k)."""
    cells = labels.astype(np.int64) * k + predicted
    return np.bincount(cells, minlength=k * k).reshape(k, k)


def auc(labels: NDArray[np.integer], scores: NDArray[np.floating], classes: Sequence[str]) -> dict[str, float]:
    """The areas under the curves of `roc`, by their names.

    NaN where the labels lack a class or hold nothing else, or a score is not finite; the mean leaves those classes out.
    """
    areas = np.full(len(classes), np.nan)
    if np.isfinite(scores).all():
        areas = ranking.one_vs_rest(np.ones((1, len(labels))), labels, scores.astype(np.float64))[0]
    if len(classes) == 2:
        return {classes[1]: float(areas[1])}
    return dict(zip(classes, areas.tolist(), strict=True)) | {MACRO: float(mean_defined(areas))}


def roc(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    classes: Sequence[str],
    groups: Groups = None,
) -> pd.DataFrame:
    """The ROC curves of a classifier, and a 95 % band round its main one.

    The macro curve is the vertical mean of the classes' curves: the mean true positive rate at each false
    positive rate, on both sides of every step, so that the area under it is the mean of their areas.

    Points on a line between others are dropped, and a curve that still has more than 500 points keeps 500 of
    them, evenly spaced along its length: take areas from `auc`, not from here.

    Args:
        labels: Class indices, shape (n,).
        scores: A column per class, shape (n, k).
        classes: Names of the k classes.
        groups: Of the examples, for the band.

    Returns:
        Columns class, fpr, tpr, threshold, tpr_low, tpr_high. For two classes the curve of class 1, else one-vs-rest of
        each class and "macro". A class without an area has no rows. A score at or above the threshold counts as
        positive; NaN, an empty field in a CSV, means no threshold (a curve's start, all of "macro"). The band's ends,
        see `band.band`, belong to the false positive rate and are NaN for all but the last curve.
    """
    curves: dict[str, Floats] = {}
    occurring = []
    if np.isfinite(scores).all():
        for index in [1] if len(classes) == 2 else range(len(classes)):
            positive = labels == index
            if positive.any() and not positive.all():
                occurring.append(index)
                curves[classes[index]] = _curve(positive, scores[:, index])
    if len(classes) > 2 and curves:
        curves[MACRO] = _mean_curve(list(curves.values()))
    kept = {name: _thin(curve) for name, curve in curves.items()}
    points = np.concatenate([np.empty((0, 3)), *kept.values()])
    frame = pd.DataFrame(points, columns=["fpr", "tpr", "threshold"])
    frame.insert(0, "class", [name for name, curve in kept.items() for _ in curve])
    frame[["tpr_low", "tpr_high"]] = np.nan
    if kept:
        curve = list(kept.values())[-1]
        fpr, at = np.unique(curve[:, 0], return_inverse=True)
        tpr = curve[np.searchsorted(curve[:, 0], fpr, side="right") - 1, 1]  # the top of a step
        ends = np.stack(band(fpr, tpr, labels, scores, occurring, groups), axis=1)
        frame.loc[frame.index[-len(curve) :], ["tpr_low", "tpr_high"]] = ends[at]
    return frame


def _curve(positive: NDArray[np.bool_], score: NDArray[np.floating]) -> Floats:
    """fpr, tpr and threshold along one curve, shape (points, 3): the points that scikit-learn's roc_curve keeps."""
    order = np.argsort(-score, kind="stable")
    positive, score = positive[order], score[order].astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # the last of equal scores
    hits, misses = np.cumsum(positive)[last], np.cumsum(~positive)[last]
    if len(last) > 2:  # between two equal steps no point is needed
        turns = np.concatenate([[True], (np.diff(hits, 2) != 0) | (np.diff(misses, 2) != 0), [True]])
        last, hits, misses = last[turns], hits[turns], misses[turns]
    points = np.column_stack([misses / misses[-1], hits / hits[-1], score[last]])
    return np.concatenate([[[0, 0, np.nan]], points])


def _mean_curve(curves: Sequence[Floats]) -> Floats:
    """The vertical mean of curves of shape (points, 3), with the same columns."""
    x = np.unique(np.concatenate([curve[:, 0] for curve in curves]))
    # Where a curve steps up, np.interp takes the last of the points at that x; mirrored, the first
    foot = np.mean([np.interp(-x, -curve[::-1, 0], curve[::-1, 1]) for curve in curves], axis=0)
    head = np.mean([np.interp(x, curve[:, 0], curve[:, 1]) for curve in curves], axis=0)
    points = np.stack([np.repeat(x, 2), np.stack([foot, head], axis=1).ravel()], axis=1)
    points = points[np.append(True, np.abs(np.diff(points, axis=0)).max(axis=1) > 1e-12)]
    dx, dy = np.diff(points, axis=0).T
    corner = np.abs(dx[:-1] * dy[1:] - dx[1:] * dy[:-1]) > 1e-12
    points = points[np.concatenate([[True], corner, [True]])]
    return np.column_stack([points, np.full(len(points), np.nan)])


def _thin(curve: Floats) -> Floats:
    """At most `_MOST_POINTS` of a curve's own points, evenly spaced along its length from (0, 0) to (1, 1)."""
    if len(curve) <= _MOST_POINTS:
        return curve
    length = curve[:, 0] + curve[:, 1]
    return curve[np.unique(np.searchsorted(length, np.linspace(0, length[-1], _MOST_POINTS)))]
