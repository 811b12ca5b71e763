"""Every metric of a classifier on its test set, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.errors import UserError
from cnnbench.evaluation import ranking, tables
from cnnbench.evaluation.intervals import UNDEFINED, Estimate, Statistic, bootstrap, wilson
from cnnbench.evaluation.means import Floats, mean, root_mean

NAMES = ("accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "log_loss", "rmse")


def metrics(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    groups: Sequence[str] | NDArray[Any] | None = None,
    seed: int = 0,
    *,
    draws: int = 1000,
) -> dict[str, Estimate]:
    """All metrics of a classifier, in the order of `NAMES`.

    The definitions are scikit-learn's; the predicted class is that of the highest score, the first of equals.

    - accuracy, with Wilson's interval, which takes examples as independent even where they share a group.
    - balanced_accuracy: mean recall of the classes that occur among the labels.
    - f1_macro: mean F1 of the classes that occur among the labels or the predictions.
    - roc_auc: of class 1 for two classes, else the mean of one-vs-rest over the classes that occur.
    - log_loss: in nats, scores clipped by their dtype's epsilon (float32 and float64 differ where one is 0).
    - rmse: of the probabilities, the root of the mean over examples of |scores - one-hot|^2 / k. Its square
      is the Brier score of class 1 for two classes, else scikit-learn's Brier score of k classes over k.

    All but accuracy have a percentile bootstrap interval, which draws whole groups where groups repeat. With
    one class among the labels roc_auc is NaN; with a score that is not finite, as a diverged network gives,
    every metric is.

    Args:
        labels: Class indices within 0..k-1, shape (n,).
        scores: Probabilities, shape (n, k), k >= 2; each row sums to 1.
        groups: Patient, lesion or slide of each example, shape (n,); None where each is its own.
        seed: Of the bootstrap.
        draws: Of the bootstrap.

    Returns:
        Name to estimate.

    Raises:
        UserError: There is no example.
        ValueError: Shapes do not fit, or a label is not within 0..k-1.
    """
    n, k = _shape(labels, scores)
    if not np.isfinite(scores).all():
        return dict.fromkeys(NAMES, UNDEFINED)
    predicted = scores.argmax(axis=1)
    squared = np.square(scores.astype(np.float64) - np.eye(k)[labels]).sum(axis=1) / k
    estimate = partial(bootstrap, groups=groups, draws=draws, seed=seed)
    return {
        "accuracy": wilson(int((predicted == labels).sum()), n),
        "balanced_accuracy": estimate(_of_tables(tables.balanced_accuracy, k), labels, predicted),
        "f1_macro": estimate(_of_tables(tables.f1_macro, k), labels, predicted),
        "roc_auc": estimate(ranking.roc_auc, labels, scores.astype(np.float64)),
        "log_loss": estimate(mean, log_losses(labels, scores)),
        "rmse": estimate(root_mean, squared),
    }


def log_losses(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> Floats:
    """-ln of the true class's score, clipped as scikit-learn does; labels (n,) and scores (n, k) to (n,)."""
    epsilon = np.finfo(scores.dtype).eps
    chosen = scores[np.arange(len(labels)), labels]
    losses: Floats = -np.log(np.clip(chosen, epsilon, 1 - epsilon).astype(np.float64))
    return losses


def _of_tables(metric: Callable[[Floats], Floats], k: int) -> Statistic:
    """A metric of confusion tables as a statistic of weights, labels and predicted classes."""

    def statistic(weights: Floats, labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> Floats:
        return metric(tables.tables(weights, labels, predicted, k))

    return statistic


def _shape(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> tuple[int, int]:
    """(n, k), once labels and scores are seen to fit each other."""
    if len(labels) == 0:
        raise UserError("Expected at least one test example, received none; raise the number of examples.")
    if scores.ndim != 2 or scores.shape[1] < 2 or labels.shape != scores.shape[:1]:
        raise ValueError(
            f"Expected labels (n,) and scores (n, k >= 2), received shapes {labels.shape} and {scores.shape}."
        )
    n, k = scores.shape
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError(f"Expected labels within 0..{k - 1}, received {labels.min()}..{labels.max()}.")
    return n, k
