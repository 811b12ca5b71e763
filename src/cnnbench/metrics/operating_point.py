"""The operating point of a classifier of two classes: the threshold that validation data choose.

Half is the right threshold only where probabilities are right and both kinds of error cost the same. Where training and
test differ in how common the classes are, or the network is too sure of itself, another one does better; it must be
chosen before the test examples are looked at.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
