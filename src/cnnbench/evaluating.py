"""Everything that is written about one run: its predictions, metrics, tables and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench import figures, files
from cnnbench.batches import Part
from cnnbench.evaluation import calibration, classification, curves, operating, regression
from cnnbench.evaluation.intervals import Estimate
from cnnbench.evaluation.per_class import per_class

Watched = tuple[NDArray[Any], NDArray[np.float64]]

SAMPLES = 18  # test examples in the picture


def evaluate(
    out: Path,
    about: dict[str, Any],
    part: Part,
    scores: NDArray[np.float64],
    history: pd.DataFrame,
    watched: Watched | None = None,
) -> dict[str, Estimate]:
    """Fills `reports/runs/<run>/`.

    Args:
        out: The folder.
        about: The content of `run.json`.
        part: The test examples.
        scores: The model's answers to them, shape (n, classes), or (n, 1) for a regression.
        history: The training's, a row an epoch.
        watched: Labels and scores of the validation examples, which choose the operating point of two classes.

    Returns:
        The metrics, by name.
    """
    if about["task"] == "classification":
        metrics = _classification(out, about["classes"], part, scores)
        if watched is not None and len(about["classes"]) == 2:
            labels, answers = watched
            at = operating.threshold(labels, answers[:, 1], about["recipe"]["sensitivity"])
            metrics |= operating.metrics(part.labels, scores[:, 1], at, part.groups)
            about = about | {"threshold": at}
            _csv(pd.DataFrame({"label": labels, "score_1": answers[:, 1]}), out / "validation.csv")
    else:
        metrics = _regression(out, about["unit"], part, scores[:, 0])
    _csv(history, out / "history.csv")
    figures.save(figures.learning_curves(history), out / "learning_curves.png")
    files.write_json(out / "metrics.json", {name: estimate._asdict() for name, estimate in metrics.items()})
    files.write_json(out / "run.json", about)
    return metrics


def headline(metrics: dict[str, Estimate]) -> str:
    """The first metric in words, with its interval."""
    name, estimate = next(iter(metrics.items()))
    return f"{name} {estimate.value:.3f} (95 % interval {estimate.low:.3f} to {estimate.high:.3f})"


def _classification(out: Path, classes: list[str], part: Part, scores: NDArray[np.float64]) -> dict[str, Estimate]:
    predicted = scores.argmax(axis=1)
    columns = {f"score_{index}": scores[:, index] for index in range(len(classes))}
    _predictions(out, part, columns)
    matrix = curves.confusion(part.labels, predicted, len(classes))
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rows = [
        (actual, guess, matrix[i, j], round(float(shares[i, j]), 6))
        for i, actual in enumerate(classes)
        for j, guess in enumerate(classes)
    ]
    _csv(pd.DataFrame(rows, columns=["actual", "predicted", "count", "share"]), out / "confusion.csv")
    figures.save(figures.confusion(matrix, classes), out / "confusion.png")
    roc = curves.roc(part.labels, scores, classes)
    _csv(roc, out / "roc.csv")
    figures.save(figures.roc(roc, curves.auc(part.labels, scores, classes)), out / "roc.png")
    _csv(per_class(part.labels, scores, classes, part.groups), out / "per_class.csv")
    bins = calibration.reliability(part.labels, scores)
    _csv(bins, out / "reliability.csv")
    figures.save(figures.reliability(bins), out / "reliability.png")
    if part.inputs.ndim == 4:
        picked = np.random.default_rng(0).permutation(len(part.labels))[:SAMPLES]  # a source may be sorted by class
        pairs = list(zip(part.labels[picked], predicted[picked], strict=True))
        captions = [f"{classes[label]}\npredicted {classes[guess]}" for label, guess in pairs]
        wrong = [bool(label != guess) for label, guess in pairs]
        figures.save(figures.samples(part.inputs[picked], captions, wrong), out / "samples.png")
    return classification.metrics(part.labels, scores, part.groups)


def _regression(out: Path, unit: str, part: Part, predicted: NDArray[np.float64]) -> dict[str, Estimate]:
    _predictions(out, part, {"prediction": predicted})
    targets = part.labels.astype(np.float64)
    figures.save(figures.true_vs_predicted(targets, predicted, unit), out / "true_vs_predicted.png")
    figures.save(figures.residuals(targets, predicted, unit), out / "residuals.png")
    return regression.metrics(targets, predicted, part.groups)


def _predictions(out: Path, part: Part, columns: dict[str, NDArray[np.float64]]) -> None:
    frame = pd.DataFrame({"id": part.ids, "group": part.groups, "label": part.labels, **columns})
    with files.aside(out / "predictions.parquet") as aside:
        frame.sort_values("id").to_parquet(aside, index=False)


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with files.aside(path) as aside:
        frame.to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")
