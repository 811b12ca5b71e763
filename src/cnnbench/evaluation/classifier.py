"""Writes the tables and figures of a classifier."""

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
from cnnbench.metrics.per_class import per_class
from cnnbench.metrics.predictions import Predictions

if TYPE_CHECKING:
    from cnnbench.evaluation.scoring import ScoredPart
    from cnnbench.evaluation.split_facts import Facts
    from cnnbench.runs.record import TrainingRecord


def evaluate(
    out: Path, record: TrainingRecord, test: ScoredPart, val: ScoredPart, facts: Facts | None = None
) -> tuple[dict[str, Estimate], dict[str, float]]:
    """Measures a classifier on its test examples; arguments and result as `evaluate.evaluate`."""
    classes, (part, scores) = record.classes, test
    labels, val_scores = val.part.labels, val.scores
    chosen: dict[str, float] = {}
    if len(classes) == 2:
        chosen["threshold"] = operating_point.choose_threshold(labels, val_scores[:, 1], record.recipe.sensitivity)
    # On validation data, like the threshold: chosen on test examples both would flatter the network
    chosen["temperature"] = calibration.fit_temperature(labels, val_scores)
    metrics = run_tables.write_metrics(
        out,
        Predictions(part.labels, scores, part.groups, chosen.get("threshold"), chosen["temperature"]),
        classes,
        facts,
    )
    validation = pd.DataFrame({"label": labels, **run_tables.score_columns(val_scores)})
    run_tables.write_csv(validation, out / "validation.csv")
    run_tables.write_predictions(out, part, run_tables.score_columns(scores), facts)
    write_tables(out, classes, part, scores, metrics["roc_auc"])
    return metrics, chosen


def write_tables(out: Path, classes: Sequence[str], part: Part, scores: NDArray[np.float64], area: Estimate) -> None:
    """Writes the tables of the test examples, each with its figure; `area` is the metric that the ROC curve names."""
    matrix = curves.confusion(part.labels, scores.argmax(axis=1), len(classes))
    run_tables.write_csv(_cells(matrix, classes), out / "confusion.csv")
    figures.save(figures.confusion(matrix, classes), out / "confusion.svg")
    roc = curves.roc(part.labels, scores, classes, part.groups)
    run_tables.write_csv(roc, out / "roc.csv")
    figures.save(figures.roc(roc, curves.auc(part.labels, scores, classes), area), out / "roc.svg")
    run_tables.write_csv(per_class(part.labels, scores, classes, part.groups), out / "per_class.csv")
    bins = calibration.reliability(part.labels, scores)
    run_tables.write_csv(bins, out / "reliability.csv")
    figures.save(figures.reliability(bins), out / "reliability.svg")


def _cells(matrix: NDArray[np.int64], classes: Sequence[str]) -> pd.DataFrame:
    """A confusion matrix with a row per cell: actual, predicted, count and share of the actual class."""
    cells = pd.MultiIndex.from_product([classes, classes], names=["actual", "predicted"]).to_frame(index=False)
    # A class without test examples would divide 0 by 0
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    return cells.assign(count=matrix.ravel(), share=shares.ravel().round(6))
