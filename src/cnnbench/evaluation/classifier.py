"""What is measured of a classifier, as tables and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import figures, run_tables
from cnnbench.metrics import calibration, curves, operating_point
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.measure import measure
from cnnbench.metrics.per_class import per_class
from cnnbench.metrics.predictions import Predictions

if TYPE_CHECKING:
    from cnnbench.evaluation.scoring import Answers
    from cnnbench.runs.record import TrainingRecord


def evaluate(
    out: Path, record: TrainingRecord, test: Answers, val: Answers
) -> tuple[dict[str, Estimate], dict[str, float]]:
    """Writes the tables and draws the figures of a classifier's answers.

    Args:
        out: The folder.
        record: Of the training.
        test: Examples with answers, which are measured.
        val: Those on which the temperature and, of two classes, the threshold are chosen.

    Returns:
        The metrics by name, and what was chosen.
    """
    classes, (part, scores) = record.classes, test
    labels, watched = val.part.labels, val.scores
    chosen: dict[str, float] = {}
    if len(classes) == 2:
        chosen["threshold"] = operating_point.choose_threshold(labels, watched[:, 1], record.recipe.sensitivity)
    chosen["temperature"] = calibration.fit_temperature(labels, watched)
    metrics = measure(Predictions(part.labels, scores, part.groups, **chosen))
    run_tables.csv(pd.DataFrame({"label": labels, **run_tables.scores(watched)}), out / "validation.csv")
    run_tables.predictions(out, part, run_tables.scores(scores))
    _write(out, classes, part, scores, metrics["roc_auc"])
    return metrics, chosen


def _write(out: Path, classes: Sequence[str], part: Part, scores: NDArray[np.float64], area: Estimate) -> None:
    """The tables of the test examples, each with its drawing."""
    matrix = curves.confusion(part.labels, scores.argmax(axis=1), len(classes))
    run_tables.csv(_cells(matrix, classes), out / "confusion.csv")
    figures.save(figures.confusion(matrix, classes), out / "confusion")
    roc = curves.roc(part.labels, scores, classes, part.groups)
    run_tables.csv(roc, out / "roc.csv")
    figures.save(figures.roc(roc, curves.auc(part.labels, scores, classes), area), out / "roc")
    run_tables.csv(per_class(part.labels, scores, classes, part.groups), out / "per_class.csv")
    bins = calibration.reliability(part.labels, scores)
    run_tables.csv(bins, out / "reliability.csv")
    figures.save(figures.reliability(bins), out / "reliability")


def _cells(matrix: NDArray[np.int64], classes: Sequence[str]) -> pd.DataFrame:
    """A confusion matrix with a row per cell: actual, predicted, count and share of the actual class."""
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    rows = [
        (actual, guess, matrix[i, j], round(float(shares[i, j]), 6))
        for i, actual in enumerate(classes)
        for j, guess in enumerate(classes)
    ]
    return pd.DataFrame(rows, columns=["actual", "predicted", "count", "share"])
