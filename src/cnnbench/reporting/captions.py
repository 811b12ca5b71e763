"""What each picture of a run shows: a title, what to see in it, and words for those who cannot see it."""

from __future__ import annotations

from typing import NamedTuple

from cnnbench.reporting.results import Result
from cnnbench.reporting.text import estimate, label, shape

ORDER = ("confusion", "roc", "reliability", "true_vs_predicted", "residuals", "learning_curves", "samples")
"""The pictures, as the report lists them."""


class Caption(NamedTuple):
    """Words that go with a picture."""

    title: str
    caption: str
    alt: str


def caption(result: Result, picture: str) -> Caption:
    """The words for one of `ORDER`; only of pictures that the run has."""
    makers = {
        "confusion": _confusion,
        "roc": _roc,
        "reliability": _reliability,
        "true_vs_predicted": _true_vs_predicted,
        "residuals": _residuals,
        "learning_curves": _learning_curves,
        "samples": _samples,
    }
    return makers[picture](result)


def _confusion(result: Result) -> Caption:
    wrong = [row for row in result.confusion if row["actual"] != row["predicted"] and float(row["count"]) > 0]
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


def _roc(result: Result) -> Caption:
    area = estimate(result.metrics.get("roc_auc"))
    curve = f"class {result.classes[1]}" if len(result.classes) == 2 else "each class against the rest and their mean"
    return Caption(
        "ROC curve",
        f"True against false positive rate of {curve} on {_tested(result)}. Area under the curve: {area}.",
        f"ROC curve of {curve}; area {area}.",
    )


def _reliability(result: Result) -> Caption:
    error = estimate(result.metrics.get("ece"))
    return Caption(
        "Reliability",
        f"How often the predicted class is right, by how sure the network is of it, on {_tested(result)}; on the "
        f"diagonal a score of 80 % is right 80 times in 100. Expected calibration error, 15 bins: {error}.",
        f"Reliability diagram: share of right predictions over their score; expected calibration error {error}.",
    )


def _true_vs_predicted(result: Result) -> Caption:
    error = f"{label('rmse')} {estimate(result.metrics['rmse'])} {result.unit}".rstrip()
    return Caption(
        "True against predicted",
        f"A point for each of {_tested(result)}; on the diagonal the prediction is exact. {error}.",
        f"Scatter of predicted over true values around the diagonal; {error}.",
    )


def _residuals(result: Result) -> Caption:
    return Caption(
        "Residuals",
        f"Error of each of {_tested(result)} over what was predicted: a band round zero is what one hopes for.",
        "Scatter and distribution of the residuals.",
    )


def _learning_curves(result: Result) -> Caption:
    losses = [(float(row["val_loss"]), row["epoch"]) for row in result.history if row["val_loss"]]
    lowest = ""
    if losses:
        loss, epoch = min(losses, key=lambda pair: pair[0])
        lowest = f" Lowest validation loss: {loss:.3f}, epoch {float(epoch):.0f}."
    return Caption(
        "Learning curves",
        f"Over {result.epochs_trained} epochs on {result.examples['train']:,} training and "
        f"{result.examples['val']:,} validation examples; curves that part are a sign of overfitting.{lowest}",
        f"Training and validation curves over {result.epochs_trained} epochs.{lowest}",
    )


def _samples(result: Result) -> Caption:
    data = "Synthetic test images" if result.synthetic else "Test images"
    return Caption(
        "Samples",
        f"{data} of {shape(result.input_shape)} pixels, each with its actual and its predicted class.",
        f"A grid of {data.lower()} with their actual and predicted classes.",
    )


def _tested(result: Result) -> str:
    return f"{result.examples['test']:,} test examples"
