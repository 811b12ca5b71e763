"""Weighted means, medians and R², and ratios that are NaN where not defined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """The ratio, NaN where the denominator is 0; shapes as numpy broadcasts them."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    out = np.full(numerator.shape, np.nan)
    # np.where would divide by the zeros first, and warn
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def mean_defined(values: Floats) -> Floats:
    """The mean over the last axis of the values that are not NaN; NaN where all are."""
    defined = ~np.isnan(values)
    return divide(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1).astype(np.float64))


def mean(weights: Floats, values: Floats) -> Floats:
    """The weighted mean of values (n,) in each draw; weights (m, n), result (m,)."""
    # Not a matrix product: the order in which a BLAS sums, and so its last bits, depends on its number of threads
    return divide((weights * values).sum(axis=1), weights.sum(axis=1))


def median(weights: Floats, values: Floats) -> Floats:
    """The median of values (n,) in each draw; weights (m, n) are whole numbers, result (m,)."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[:, order], axis=1)
    half = cumulative[:, -1:] / 2
    # They differ where half the weight ends between two values: the median is the mean of both
    lower, upper = (cumulative >= half).argmax(axis=1), (cumulative > half).argmax(axis=1)
    middle: Floats = (values[order[lower]] + values[order[upper]]) / 2
    return np.where(half[:, 0] > 0, middle, np.nan)


def r2(weights: Floats, targets: Floats, error: Floats) -> Floats:
    """1 - residual / total sum of squares in each draw, shape (m,); NaN where a draw's targets are all equal.

    Weights have the shape (m, n), targets and errors (prediction less target) the shape (n,).
    """
    spread = np.square(targets - mean(weights, targets)[:, None])
    return 1 - divide((weights * np.square(error)).sum(axis=1), (weights * spread).sum(axis=1))
