"""Confusion tables of many draws at once, and the metrics computed from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats, divide, mean_defined


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
    # int64 first: small label types, such as uint8, would overflow
    cells = labels.astype(np.int64) * k + predicted
    order = np.argsort(cells, kind="stable")
    occupied, starts = np.unique(cells[order], return_index=True)
    counts = np.zeros((len(weights), k * k))
    # Sorted once, all draws are summed in one call; empty cells are left out, for which reduceat gives no 0
    counts[:, occupied] = np.add.reduceat(weights[:, order], starts, axis=1)
    return counts.reshape(-1, k, k)


def balanced_accuracy(counts: Floats) -> Floats:
    """The mean recall of the classes among the labels, as scikit-learn's; (m, k, k) to (m,)."""
    return mean_defined(divide(_hits(counts), counts.sum(axis=2)))


def f1_macro(counts: Floats) -> Floats:
    """The mean F1 of the classes among labels or predictions, as scikit-learn's; (m, k, k) to (m,)."""
    return mean_defined(f1(counts))


def precision_macro(counts: Floats) -> Floats:
    """The mean precision of the classes among labels or predictions, 0 for one never predicted, as scikit-learn's."""
    return mean_defined(precision(counts))


def specificity_macro(counts: Floats) -> Floats:
    """The mean specificity of the classes among labels or predictions."""
    # A class that occurs nowhere has a specificity of 1, which would raise the mean
    return mean_defined(np.where(_occurs(counts), specificity(counts), np.nan))


def precision(counts: Floats) -> Floats:
    """The share of each class's predictions that is correct; NaN where it occurs nowhere; (m, k, k) to (m, k)."""
    shares = divide(_hits(counts), counts.sum(axis=1))
    # Not NaN, which a mean leaves out: to never predict a class would then pay
    return np.where(_occurs(counts) & np.isnan(shares), 0.0, shares)


def specificity(counts: Floats) -> Floats:
    """The share of other classes' examples that is not predicted as each class; (m, k, k) to (m, k)."""
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    others = rows.sum(axis=1, keepdims=True) - rows
    return divide(others - columns + _hits(counts), others)


def f1(counts: Floats) -> Floats:
    """2 hits / (examples + predictions) of each class; NaN where it occurs nowhere; (m, k, k) to (m, k)."""
    return divide(2 * _hits(counts), counts.sum(axis=1) + counts.sum(axis=2))


def matthews(counts: Floats) -> Floats:
    """Matthews' correlation, for k classes J. Gorodkin's R_K (Comput. Biol. Chem. 28, 2004); (m, k, k) to (m,).

    0, as in scikit-learn, where all predictions are of one class; NaN, where scikit-learn has 0, where all labels are.
    """
    rows, columns, n = counts.sum(axis=2), counts.sum(axis=1), counts.sum(axis=(1, 2))
    shared = _hits(counts).sum(axis=1) * n - (rows * columns).sum(axis=1)
    spread = (n**2 - np.square(rows).sum(axis=1)) * (n**2 - np.square(columns).sum(axis=1))
    # Scikit-learn's 0 would count such a draw as a bad network, NaN leaves it out
    known = (rows > 0).sum(axis=1) > 1
    return np.where(known, np.where(spread > 0, divide(shared, np.sqrt(spread)), 0.0), np.nan)


def kappa(counts: Floats) -> Floats:
    """Cohen's kappa (Educ. Psychol. Meas. 20, 1960): agreement beyond chance; (m, k, k) to (m,).

    NaN where all labels and all predictions are of one and the same class.
    """
    n = counts.sum(axis=(1, 2))
    expected = (counts.sum(axis=2) * counts.sum(axis=1)).sum(axis=1)
    return divide(_hits(counts).sum(axis=1) * n - expected, n**2 - expected)


def _occurs(counts: Floats) -> NDArray[np.bool_]:
    """Whether each class occurs among labels or predictions; (m, k, k) to (m, k)."""
    return np.asarray(counts.sum(axis=1) + counts.sum(axis=2) > 0)


def _hits(counts: Floats) -> Floats:
    """The diagonal of each table: (m, k, k) to (m, k)."""
    return np.diagonal(counts, axis1=1, axis2=2)
