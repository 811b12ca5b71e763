"""Confusion tables of many draws at once, and the metrics that are functions of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.means import Floats, divide, mean_defined


def tables(weights: Floats, labels: NDArray[np.integer], predicted: NDArray[np.integer], k: int) -> Floats:
    """The confusion table of each draw.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        labels: True class indices within 0..k-1, shape (n,).
        predicted: Predicted class indices within 0..k-1, shape (n,).
        k: Number of classes.

    Returns:
        Weighted counts, float64 (m, k, k): a row per true class, a column per predicted one.
    """
    cells = labels.astype(np.int64) * k + predicted
    order = np.argsort(cells, kind="stable")
    occupied, starts = np.unique(cells[order], return_index=True)
    counts = np.zeros((len(weights), k * k))
    counts[:, occupied] = np.add.reduceat(weights[:, order], starts, axis=1)
    return counts.reshape(-1, k, k)


def balanced_accuracy(counts: Floats) -> Floats:
    """The mean recall of the classes among the labels, as scikit-learn's; (m, k, k) to (m,)."""
    return mean_defined(divide(_hits(counts), counts.sum(axis=2)))


def f1_macro(counts: Floats) -> Floats:
    """The mean F1 of the classes among labels or predictions, as scikit-learn's; (m, k, k) to (m,)."""
    return mean_defined(divide(2 * _hits(counts), counts.sum(axis=1) + counts.sum(axis=2)))


def _hits(counts: Floats) -> Floats:
    """What lies on the diagonal of each table: (m, k, k) to (m, k)."""
    return np.diagonal(counts, axis1=1, axis2=2)
