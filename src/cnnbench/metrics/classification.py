"""Every metric of a classifier on its test set, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.metrics import confusion, ranking
from cnnbench.metrics.calibration import ece
from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.intervals.proportions import proportion, wilson_of_share
from cnnbench.metrics.means import Floats, mean, root_mean

OF_TABLES = {
    "balanced_accuracy": confusion.balanced_accuracy,
    "precision_macro": confusion.precision_macro,
    "f1_macro": confusion.f1_macro,
    "specificity_macro": confusion.specificity_macro,
    "matthews": confusion.matthews,
    "kappa": confusion.kappa,
}
"""Metrics that are functions of the confusion matrix."""


def names(k: int) -> tuple[str, ...]:
    """The metrics of a classifier of k classes, in their order."""
    areas = ("roc_auc", "roc_auc_weighted") if k > 2 else ("roc_auc",)
    last = ("sensitivity_at_95_specificity",) if k == 2 else ()
    return ("accuracy", *OF_TABLES, *areas, "average_precision", "log_loss", "brier", "rmse", "ece", *last)


def metrics(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    groups: Sequence[str] | NDArray[Any] | None = None,
    seed: int = 0,
    *,
    draws: int = 1000,
) -> dict[str, Estimate]:
    """All metrics of a classifier, in the order of `names`.

    The definitions are scikit-learn's where it has one; the predicted class is that of the highest score, the first of
    equals. "Macro" is the plain mean over classes.

    - accuracy.
    - balanced_accuracy: mean recall of the classes that occur among the labels, so also macro recall.
    - precision_macro, f1_macro, specificity_macro: over the classes among labels or predictions; the precision of one
      that is never predicted is 0.
    - matthews: Matthews' correlation, R_K for k > 2; kappa: Cohen's.
    - roc_auc: of class 1 for two classes, else the mean of one-vs-rest over the classes that occur; roc_auc_weighted,
      for k > 2 only: that mean with classes weighted by how common they are.
    - average_precision: of class 1 for two classes, else the mean of one-vs-rest over the classes that occur.
    - log_loss: in nats, scores clipped by their dtype's epsilon (float32 and float64 differ where one is 0).
    - brier: for two classes the mean of (score of class 1 - label)^2, within 0..1; for k > 2 the mean of
      |scores - one-hot|^2, within 0..2.
    - rmse: of the probabilities, the root of the mean over examples of |scores - one-hot|^2 / k. Its square is brier
      for two classes, else brier / k.
    - ece: see `calibration.ece`.
    - sensitivity_at_95_specificity, for two classes only: the point of the test examples' own ROC curve, so the
      threshold behind it is not one that was chosen beforehand.

    Intervals, all by group where groups repeat: of accuracy `proportions.proportion`, of areas `delong`, of ece its
    own, else `bca`. Where a metric with a highest value of 1 has it in every draw, the interval's low end is Wilson's
    for as many trials as the rarest class has groups.

    With one class among the labels areas and matthews are NaN; with a score that is not finite, as a diverged network
    gives, every metric is; with one group of several examples, every interval but that of an area.

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
        return dict.fromkeys(names(k), UNDEFINED)
    wide = scores.astype(np.float64)
    made = {"accuracy": proportion(scores.argmax(axis=1) == labels, groups)}
    if k == 2:
        made["roc_auc"] = delong.auc(labels == 1, wide[:, 1], groups)
    else:
        made["roc_auc"] = delong.macro(labels, wide, groups)
        made["roc_auc_weighted"] = delong.macro(labels, wide, groups, weighted=True)
    drawn = bca(_statistics(labels, scores), n, groups, draws=draws, seed=seed)
    made["ece"] = ece(labels, scores, groups, draws=draws, seed=seed)
    rarest = fewest_groups(labels, groups)
    made |= {name: estimate if name in _LOSSES else below_one(estimate, rarest) for name, estimate in drawn.items()}
    return {name: made[name] for name in names(k)}


_LOSSES = ("log_loss", "brier", "rmse")


def _statistics(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> Callable[[Floats], dict[str, Floats]]:
    """The metrics whose interval is drawn, as functions of weights."""
    k = scores.shape[1]
    predicted, wide, losses = scores.argmax(axis=1), scores.astype(np.float64), log_losses(labels, scores)
    squared = np.square(wide - np.eye(k)[labels]).sum(axis=1)

    def statistics(weights: Floats) -> dict[str, Floats]:
        counts = confusion.tables(weights, labels, predicted, k)
        made = {name: metric(counts) for name, metric in OF_TABLES.items()}
        made["average_precision"] = ranking.average_precisions(weights, labels, wide)
        made["log_loss"] = mean(weights, losses)
        made["brier"] = mean(weights, squared / 2 if k == 2 else squared)
        made["rmse"] = root_mean(weights, squared / k)
        if k == 2:
            made["sensitivity_at_95_specificity"] = ranking.sensitivity_at(weights, labels == 1, wide[:, 1], 0.95)
        return made

    return statistics


def fewest_groups(labels: NDArray[np.integer], groups: Sequence[str] | NDArray[Any] | None) -> int:
    """How many groups, or examples where there are none, the rarest of the classes that occur has."""
    of = np.arange(len(labels)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    return min(len(np.unique(of[labels == index])) for index in np.unique(labels))


def below_one(estimate: Estimate, trials: int) -> Estimate:
    """An estimate, or where it is 1 and no draw was anything else, 1 with the low end of Wilson's interval."""
    return wilson_of_share(1.0, trials) if estimate == (1, 1, 1) else estimate


def log_losses(labels: NDArray[np.integer], scores: NDArray[np.floating]) -> Floats:
    """-ln of the true class's score, clipped as scikit-learn does; labels (n,) and scores (n, k) to (n,)."""
    epsilon = np.finfo(scores.dtype).eps
    chosen = scores[np.arange(len(labels)), labels]
    losses: Floats = -np.log(np.clip(chosen, epsilon, 1 - epsilon).astype(np.float64))
    return losses


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
