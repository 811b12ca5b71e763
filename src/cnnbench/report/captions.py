"""Captions of the pictures of a run: a title, a description, and an alternative text."""

from __future__ import annotations

from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.report.text import format_shape
from cnnbench.results.formatting import estimate
from cnnbench.results.run_result import DRAWINGS, RunResult

# Tasks share some drawings, such as the learning curves.
MEASURED = tuple(dict.fromkeys(name for drawings in DRAWINGS.values() for name in drawings))
"""Drawings of measurements, in the order of the report."""
EXAMPLES = ("samples", "mistakes", "grad_cam")
"""Pictures of examples."""
LAYERS = ("feature_maps",)
"""Pictures of layers, which are long."""


class Caption(NamedTuple):
    """The texts of a picture."""

    title: str
    caption: str
    alt: str


def caption(result: RunResult, picture: str) -> Caption:
    """The words for a picture that the run has."""
    # functions, not texts: a maker asks for what only its kind of run has
    makers = {
        "confusion": _confusion,
        "roc": _roc,
        "reliability": _reliability,
        "true_vs_predicted": _true_vs_predicted,
        "residuals": _residuals,
        "learning_curves": _learning_curves,
        "classes": _classes,
        "samples": _samples,
        "mistakes": _mistakes,
        "grad_cam": _grad_cam,
        "feature_maps": _feature_maps,
    }
    return makers[picture](result)


def _confusion(result: RunResult) -> Caption:
    wrong = [row for row in result.confusion if row["actual"] != row["predicted"] and float(row["count"]) > 0]
    # A network may be right everywhere.
    worst = max(wrong, key=lambda row: float(row["count"]), default=None)
    mistake = "No example was taken for another class."
    if worst:
        times = f"{float(worst['count']):,.0f} {'time' if float(worst['count']) == 1 else 'times'}"
        mistake = f"The commonest mistake: {worst['actual']} taken for {worst['predicted']}, {times}."
    return Caption(
        "Confusion matrix",
        f"What was taken for what among {_tested(result)}: counts, and shares of each actual class. {mistake}",
        f"Two heat maps of actual against predicted class for {len(result.classes)} classes. {mistake}",
    )


def _roc(result: RunResult) -> Caption:
    area = estimate(result.metrics.get("roc_auc"))
    positive = result.positive
    curve = f"{positive} (positive class)" if positive else "each class against the rest and their mean"
    return Caption(
        "ROC curve",
        f"True positive rate (sensitivity) against false positive rate (1 − specificity) of {curve} on "
        f"{_tested(result)}; the nearer the upper left corner the "
        f"better, and the diagonal is chance. Area under the curve: {area}. "
        "The band holds the true positive rate with 95 % confidence, point by point.",
        f"ROC curve of {curve}; area {area}.",
    )


def _reliability(result: RunResult) -> Caption:
    error, calibrated = (estimate(result.metrics.get(name)) for name in ("ece", "ece_calibrated"))
    after = f" With scores calibrated on validation data (temperature {result.temperature:.3g}): {calibrated}."
    return Caption(
        "Reliability",
        f"How often the predicted class is right, by how sure the network is of it, on {_tested(result)}, scores as "
        "they come; on the diagonal a score of 80 % is right 80 times in 100, below it the network is too sure. "
        f"Expected calibration error, 15 bins: {error}.{after}",
        f"Reliability diagram: share of right predictions over their score; expected calibration error {error}.{after}",
    )


def _true_vs_predicted(result: RunResult) -> Caption:
    error = f"{lookup.label('rmse')} {estimate(result.metrics['rmse'])} {result.unit}".rstrip()
    return Caption(
        "True against predicted",
        f"A point for each of {_tested(result)}; on the diagonal the prediction is exact. {error}.",
        f"Scatter of predicted over true values around the diagonal; {error}.",
    )


def _residuals(result: RunResult) -> Caption:
    return Caption(
        "Residuals",
        f"Error of each of {_tested(result)} over what was predicted: a band round zero is what one hopes for.",
        "Scatter and distribution of the residuals.",
    )


def _learning_curves(result: RunResult) -> Caption:
    losses = [(float(row["val_loss"]), row["epoch"]) for row in result.history if row["val_loss"]]
    lowest = ""
    if losses:
        loss, epoch = min(losses, key=lambda pair: pair[0])
        lowest = f" Lowest validation loss: {loss:.3f}, epoch {float(epoch):.0f}."
    head = result.head_epochs
    phases = ""
    if head:
        epochs = f"{head} epoch{'s' if head > 1 else ''}"
        phases = f" The first {epochs} trained the head alone; from the grey line on all layers that are not frozen."
    return Caption(
        "Learning curves",
        f"Over {result.epochs_trained} epochs on {result.examples['train']:,} training and "
        f"{result.examples['val']:,} validation examples; curves that part are a sign of overfitting.{phases}{lowest}",
        f"Training and validation curves over {result.epochs_trained} epochs.{lowest}",
    )


def _images(result: RunResult) -> str:
    return "Synthetic test images" if result.synthetic else "Test images"


def _samples(result: RunResult) -> Caption:
    data, size = _images(result), format_shape(result.input_shape)
    return Caption(
        "Samples",
        f"{data} of {size} pixels with their actual and their predicted class; misses stand out.",
        f"A grid of {data.lower()} with their actual and predicted classes.",
    )


def _classes(result: RunResult) -> Caption:
    data = _images(result)
    return Caption(
        "What they look like",
        f"{data} of each class, {format_shape(result.input_shape)} pixels, drawn by lot.",
        f"A grid of {data.lower()} of {result.title}, class by class.",
    )


def _mistakes(result: RunResult) -> Caption:
    first = next(iter(result.mistakes), None)
    surest = ""
    if first:
        score = f"{100 * float(first['score_predicted']):.1f} %"
        surest = f" The surest: {first['actual']} taken for {first['predicted']} at {score}."
    return Caption(
        "Surest mistakes",
        f"Of {_tested(result)} those that the network got wrong and was surest of, with true class, predicted class "
        f"and their scores. Look for wrong labels, and for what such images have in common.{surest}",
        f"A grid of wrongly classified test images with true and predicted classes and scores.{surest}",
    )


def _grad_cam(result: RunResult) -> Caption:
    return Caption(
        "What the prediction rests on (Grad-CAM)",
        "Test images that were classified rightly and wrongly; below each, bright is where the last convolution speaks "
        "for the predicted class. A network that looks at a margin or a mark instead of the subject shows here.",
        f"Test images with heat maps over them of what made {result.architecture} predict its class.",
    )


def _feature_maps(result: RunResult) -> Caption:
    return Caption(
        "Feature maps",
        "One test image on its way through the network: of its convolution and pooling layers, of seven at most, the "
        "eight strongest channels, each scaled by itself. Early layers keep edges and spots, late ones only what the "
        "classes need.",
        f"Rows of small grey images: the strongest channels of each layer of {result.architecture} for one test image.",
    )


def roc_curves(dataset: str, networks: str, result: RunResult) -> Caption:
    """Of the ROC curves of several runs.

    Args:
        dataset: Its title.
        networks: Their names, in words.
        result: Of one of them.
    """
    positive = result.positive
    curve = f"{positive} (positive class)" if positive else "the mean over classes, each against the rest"
    return Caption(
        "ROC curves",
        f"{dataset}, {curve}, {_tested(result)}: {networks}. In brackets the 95 % intervals of the areas; a band holds "
        "the true positive rate with 95 % confidence, point by point, and is left out where curves are many.",
        f"ROC curves of {networks} in one figure.",
    )


def confusion_matrices(dataset: str, networks: str, result: RunResult) -> Caption:
    """The caption of the confusion matrices of several runs; arguments as of `roc_curves`."""
    return Caption(
        "Confusion matrices",
        f"{dataset}, {_tested(result)}: {networks}. What each takes for what, as shares of each actual class, on one "
        "scale of colours.",
        f"Confusion matrices of {networks}, side by side.",
    )


def learning_curves(dataset: str, networks: str) -> Caption:
    """The caption of the learning curves of several runs; arguments as of `roc_curves`."""
    return Caption(
        "Learning curves",
        f"{dataset}, training and validation examples, epoch by epoch: {networks}. Curves that part are a sign of "
        "overfitting.",
        f"Learning curves of {networks} in one figure.",
    )


def _tested(result: RunResult) -> str:
    return f"{result.examples['test']:,} test examples"
