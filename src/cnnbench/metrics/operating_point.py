"""The operating point of a classifier of two classes: its threshold, chosen on validation data.

A half is the best threshold only for calibrated probabilities and equal costs of both kinds of error. Where class
frequencies change, or the network is overconfident, another one does better; it must not be chosen on test examples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def choose_threshold(
    labels: NDArray[np.integer], scores: NDArray[np.floating], sensitivity: float | None = None
) -> float:
    """Chooses the threshold with the highest balanced accuracy, or the highest one with a required sensitivity.

    The first maximises Youden's index (Cancer 3, 1950); the second is usual for screening tests.

    Args:
        labels: 0 or 1 of the validation examples, shape (n,).
        scores: Of class 1, shape (n,).
        sensitivity: Required of class 1; None for the highest balanced accuracy.

    Returns:
        The middle between two neighbouring scores; of several equally good ones the nearest to a half. A half where one
        class is absent.
    """
    if len(np.unique(labels)) < 2:
        return 0.5
    edges = np.unique(scores.astype(np.float64))
    candidates = np.concatenate([[0.0], (edges[1:] + edges[:-1]) / 2, [1.0]])
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    # Side "left": a score equal to the threshold is not missed
    missed = np.searchsorted(positive, candidates) / len(positive)
    if sensitivity is not None:
        # The shares are rounded: a sensitivity of 0.9 must count as 0.9
        return float(candidates[1 - missed >= sensitivity - 1e-12].max())
    spared = np.searchsorted(negative, candidates) / len(negative)
    # Equal ones may differ in their last bits, and then the nearest to a half might lose
    youden = np.round(spared - missed, 12)
    best = candidates[youden == youden.max()]
    return float(best[np.argmin(np.abs(best - 0.5))])
