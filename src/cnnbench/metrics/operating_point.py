"""The operating point of a classifier of two classes: the threshold that validation data choose.

Half is the right threshold only where probabilities are right and both kinds of error cost the same. Where training and
test differ in how common the classes are, or the network is too sure of itself, another one does better; it must be
chosen before the test examples are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.classification import below_one, fewest_groups
from cnnbench.metrics.confusion import balanced_accuracy, tables
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.metrics.means import Floats


def threshold(labels: NDArray[np.integer], scores: NDArray[np.floating], sensitivity: float | None = None) -> float:
    """The threshold with the highest balanced accuracy, or the highest that leaves a stated sensitivity.

    The first is Youden's index (Cancer 3, 1950) in another unit; the second is how a screening test is set.

    Args:
        labels: 0 or 1 of the validation examples, shape (n,).
        scores: Of class 1, shape (n,).
        sensitivity: The share of class 1 to be found; None for the highest balanced accuracy.

    Returns:
        The middle between two neighbouring scores; the one nearest to a half of several that do equally well. A half
        where one class is absent.
    """
    if len(np.unique(labels)) < 2:
        return 0.5
    edges = np.unique(scores.astype(np.float64))
    candidates = np.concatenate([[0.0], (edges[1:] + edges[:-1]) / 2, [1.0]])
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    missed = np.searchsorted(positive, candidates) / len(positive)
    if sensitivity is not None:
        return float(candidates[1 - missed >= sensitivity - 1e-12].max())
    spared = np.searchsorted(negative, candidates) / len(negative)
    youden = np.round(spared - missed, 12)
    best = candidates[youden == youden.max()]
    return float(best[np.argmin(np.abs(best - 0.5))])


def metrics(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    at: float,
    groups: Sequence[str] | NDArray[Any] | None = None,
) -> dict[str, Estimate]:
    """What a classifier of two classes is worth at a threshold that was chosen elsewhere.

    Args:
        labels: 0 or 1 of the test examples, shape (n,).
        scores: Of class 1, shape (n,).
        at: Class 1 is predicted from this score on.
        groups: As in `classification.metrics`.

    Returns:
        accuracy_at_threshold, sensitivity_at_threshold (of class 1) and specificity_at_threshold with the interval of a
        proportion, balanced_accuracy_at_threshold with a BCa one.
    """
    predicted = (scores >= at).astype(np.int64)
    right = predicted == labels

    def of(members: NDArray[np.bool_]) -> Estimate:
        return proportion(right[members], None if groups is None else np.asarray(groups)[members])

    def statistics(weights: Floats) -> dict[str, Floats]:
        return {"balanced": balanced_accuracy(tables(weights, labels, predicted, 2))}

    balanced = bca(statistics, len(labels), groups)["balanced"]
    return {
        "accuracy_at_threshold": of(np.ones(len(labels), bool)),
        "balanced_accuracy_at_threshold": below_one(balanced, fewest_groups(labels, groups)),
        "sensitivity_at_threshold": of(labels == 1),
        "specificity_at_threshold": of(labels == 0),
    }
