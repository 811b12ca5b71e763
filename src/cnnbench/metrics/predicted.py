"""The metrics of a frame of predictions, all but the calibration error: each as a statistic and what it needs of it.

So that a metric can be computed anew: over repeats, over folds together, for two networks on the same draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import confusion, ranking, regression
from cnnbench.metrics.classification import OF_TABLES, log_losses
from cnnbench.metrics.intervals.bootstrap import Statistic
from cnnbench.metrics.means import Floats, mean, median, root_mean

if TYPE_CHECKING:
    import pandas as pd

Arrays = tuple[NDArray[Any], ...]


class Metric(NamedTuple):
    """A metric: its value on weighted examples is `statistic(weights, *arrays(frame))`.

    Attributes:
        statistic: As in `intervals.bootstrap`.
        arrays: Takes from a frame of predictions what the statistic needs; each (n, ...), n the frame's rows.
    """

    statistic: Statistic
    arrays: Callable[[pd.DataFrame], Arrays]


_LOSSES = ("log_loss", "brier", "ece", "log_loss_calibrated", "ece_calibrated")
LOWER_IS_BETTER = frozenset(("rmse", "mae", "median_absolute_error", *_LOSSES))
"""Of all others more is better."""


def metrics(classes: int, *, threshold: bool = False) -> dict[str, Metric]:
    """The metrics, the headline first; definitions as in `classification` and `regression`.

    Args:
        classes: How many there are; 0 for a regression.
        threshold: Whether the frames have a column of that name, the operating point of two classes.

    Returns:
        By name, for frames with the columns label and score_0 .. score_<k-1>, or label and prediction.
    """
    return _classification(classes, threshold) if classes else dict(_REGRESSION)


def right(frame: pd.DataFrame, classes: int) -> NDArray[np.bool_]:
    """Whether the class of the highest score is the true one; a row each, (n,)."""
    found: NDArray[np.bool_] = scores(frame, classes).argmax(axis=1) == frame["label"].to_numpy()
    return found


def scores(frame: pd.DataFrame, classes: int) -> Floats:
    """The scores, a column per class, (n, k)."""
    found: Floats = frame[[f"score_{index}" for index in range(classes)]].to_numpy(np.float64)
    return found


def finite(frame: pd.DataFrame) -> bool:
    """Whether every score or prediction is a number; those of a network that diverged are not."""
    columns = [name for name in frame if name == "prediction" or str(name).startswith("score_")]
    return bool(np.isfinite(frame[columns].to_numpy(np.float64)).all())


def _error(frame: pd.DataFrame) -> Floats:
    found: Floats = frame["prediction"].to_numpy(np.float64) - frame["label"].to_numpy(np.float64)
    return found


_REGRESSION = {
    "rmse": Metric(root_mean, lambda frame: (np.square(_error(frame)),)),
    "mae": Metric(mean, lambda frame: (np.abs(_error(frame)),)),
    "r2": Metric(regression.r2, lambda frame: (frame["label"].to_numpy(np.float64), _error(frame))),
    "median_absolute_error": Metric(median, lambda frame: (np.abs(_error(frame)),)),
}


def _classification(k: int, threshold: bool) -> dict[str, Metric]:
    def ranked(frame: pd.DataFrame) -> Arrays:
        return _labels(frame), scores(frame, k)

    def confused(frame: pd.DataFrame) -> Arrays:
        return _labels(frame), scores(frame, k).argmax(axis=1)

    def squared(frame: pd.DataFrame) -> Floats:
        found: Floats = np.square(scores(frame, k) - np.eye(k)[_labels(frame)]).sum(axis=1)
        return found

    found = {
        "accuracy": Metric(mean, lambda frame: (right(frame, k).astype(np.float64),)),
        **{name: Metric(_of_table(metric, k), confused) for name, metric in OF_TABLES.items()},
        "roc_auc": Metric(ranking.roc_auc, ranked),
        "average_precision": Metric(ranking.average_precisions, ranked),
        "log_loss": Metric(mean, lambda frame: (log_losses(*ranked(frame)),)),
        "brier": Metric(mean, lambda frame: (squared(frame) / (2 if k == 2 else 1),)),
        "rmse": Metric(root_mean, lambda frame: (squared(frame) / k,)),
    }
    if k > 2:
        found["roc_auc_weighted"] = Metric(ranking.roc_auc_weighted, ranked)
    elif threshold:
        found["accuracy_at_threshold"] = Metric(mean, lambda frame: (_right_at_threshold(frame).astype(np.float64),))
        found["balanced_accuracy_at_threshold"] = Metric(
            _of_table(confusion.balanced_accuracy, 2), lambda frame: (_labels(frame), _positive(frame).astype(np.int64))
        )
    if k == 2:
        found["sensitivity_at_95_specificity"] = Metric(
            ranking.sensitivity_at, lambda frame: (_labels(frame) == 1, scores(frame, 2)[:, 1])
        )
    return found


def _of_table(metric: Callable[[Floats], Floats], k: int) -> Statistic:
    return lambda weights, true, predicted: metric(confusion.tables(weights, true, predicted, k))


def _labels(frame: pd.DataFrame) -> NDArray[np.integer[Any]]:
    return frame["label"].to_numpy(np.int64)


def _positive(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether class 1 is predicted at the operating point."""
    return (frame["score_1"] >= frame["threshold"]).to_numpy(bool)


def _right_at_threshold(frame: pd.DataFrame) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = _positive(frame) == (_labels(frame) == 1)
    return found
