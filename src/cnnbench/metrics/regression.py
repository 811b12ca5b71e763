"""Every metric of a regression on its test set, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.means import Floats, divide, mean, median, root_mean

NAMES = ("rmse", "mae", "r2", "median_absolute_error")


def metrics(
    targets: NDArray[np.floating],
    predictions: NDArray[np.floating],
    groups: Sequence[str] | NDArray[Any] | None = None,
    seed: int = 0,
    *,
    draws: int = 1000,
) -> dict[str, Estimate]:
    """All metrics of a regression, in the order of `NAMES`, in the targets' unit but for r2, which has none.

    The definitions are scikit-learn's, but r2 is NaN, not 0 or 1, where all targets are equal. Intervals are
    BCa bootstraps, which draw whole groups where groups repeat. With a prediction that is not finite,
    as a diverged network gives, every metric is NaN.

    Args:
        targets: True values, shape (n,).
        predictions: Predicted values, shape (n,).
        groups: The group of each example, shape (n,); None where each is its own.
        seed: Of the bootstrap.
        draws: Of the bootstrap.

    Returns:
        Name to estimate.

    Raises:
        UserError: There is no example.
        ValueError: The shapes are not both (n,).
    """
    if len(targets) == 0:
        raise UserError("Expected at least one test example, received none; raise the number of examples.")
    if targets.ndim != 1 or targets.shape != predictions.shape:
        raise ValueError(
            f"Expected targets and predictions of shape (n,), received {targets.shape} and {predictions.shape}."
        )
    if not np.isfinite(predictions).all():
        return dict.fromkeys(NAMES, UNDEFINED)
    true, error = targets.astype(np.float64), predictions.astype(np.float64) - targets
    squared, absolute = np.square(error), np.abs(error)

    def statistics(weights: Floats) -> dict[str, Floats]:
        return {
            "rmse": root_mean(weights, squared),
            "mae": mean(weights, absolute),
            "r2": r2(weights, true, error),
            "median_absolute_error": median(weights, absolute),
        }

    return bca(statistics, len(true), groups, draws=draws, seed=seed)


def r2(weights: Floats, targets: Floats, error: Floats) -> Floats:
    """The share of the targets' variance that is explained, in each draw.

    Args:
        weights: How often each draw holds each example, shape (m, n).
        targets: True values, shape (n,).
        error: What the prediction misses them by, shape (n,).

    Returns:
        1 - residual / total sum of squares, shape (m,); NaN where a draw's targets are all equal.
    """
    spread = np.square(targets - mean(weights, targets)[:, None])
    return 1 - divide((weights * np.square(error)).sum(axis=1), (weights * spread).sum(axis=1))
