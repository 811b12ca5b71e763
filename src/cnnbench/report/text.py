"""Numbers and names as the report writes them, the same in every format."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from cnnbench.config import Published
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results.run_result import RunResult

ABSENT = "–"
"""Stands where a number is not defined."""

METRICS = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision_macro": "macro precision",
    "f1_macro": "macro F1",
    "specificity_macro": "macro specificity",
    "matthews": "Matthews correlation",
    "kappa": "Cohen's kappa",
    "roc_auc": "ROC AUC",
    "roc_auc_weighted": "ROC AUC, classes weighted by size",
    "average_precision": "average precision",
    "sensitivity_at_95_specificity": "sensitivity at 95 % specificity",
    "accuracy_at_threshold": "accuracy at the threshold chosen on validation data",
    "balanced_accuracy_at_threshold": "balanced accuracy at that threshold",
    "sensitivity_at_threshold": "sensitivity at that threshold",
    "specificity_at_threshold": "specificity at that threshold",
    "log_loss": "log loss",
    "log_loss_calibrated": "log loss, calibrated",
    "brier": "Brier score",
    "rmse": "RMSE",
    "ece": "calibration error",
    "ece_calibrated": "calibration error, calibrated",
    "mae": "MAE",
    "r2": "R²",
    "median_absolute_error": "median absolute error",
}
"""Names for people, in the order in which metrics are listed."""

NOT_COMPARABLE = (
    "The published figure is not comparable: this run was trained and measured on synthetic images "
    "that stand in for the data set."
)


def label(metric: str) -> str:
    """A metric's name for people."""
    return METRICS.get(metric, metric)


def named(result: RunResult, metric: str) -> str:
    """A metric's name for people with what it is of: RMSE, 1000 USD; RMSE of the probabilities."""
    if metric == "rmse" and result.is_classification:
        return "RMSE of the probabilities"
    with_unit = metric in ("rmse", "mae", "median_absolute_error") and result.unit and not result.is_classification
    return f"{label(metric)}, {result.unit}" if with_unit else label(metric)


def metric_order(metric: str) -> tuple[int, str]:
    """Sorts metrics: the known ones as `METRICS` lists them, then others by name."""
    known = list(METRICS)
    return (known.index(metric) if metric in known else len(known), metric)


def decimal(value: float | None, digits: int = 3) -> str:
    """A number with fixed decimals; a dash for None and NaN."""
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{value:.{digits}f}"


def interval(measure: Estimate) -> str:
    """A 95 % interval, as [0.912, 0.934]."""
    if not (math.isfinite(measure.low) and math.isfinite(measure.high)):
        return ABSENT
    return f"[{decimal(measure.low)}, {decimal(measure.high)}]"


def estimate(measure: Estimate | None) -> str:
    """A value with its 95 % interval, as 0.923 [0.912, 0.934]."""
    if measure is None or not math.isfinite(measure.value):
        return ABSENT
    return f"{decimal(measure.value)} {interval(measure)}"


def shape(dimensions: tuple[int, ...]) -> str:
    """A shape, as 96 × 96 × 3."""
    return " × ".join(str(size) for size in dimensions)


def stated(source: Published) -> str:
    """What a source states, in its words, or as a figure where it has none."""
    relation = "" if source.relation == "exactly" else f"{source.relation} "
    return source.text or f"{label(source.metric or '')} {relation}{source.value:g}"


def published(result: RunResult) -> str:
    """What may be said of the published figure: never the figure itself where the measurement is synthetic."""
    if result.synthetic:
        return NOT_COMPARABLE
    if result.published_result is None:
        return "The publication states no figure." if result.citation else "There is no published figure."
    measured = f"{label(result.headline)} {estimate(result.metrics[result.headline])}"
    note = " Mind what was changed, listed with the recipe." if result.changed else ""
    return f"Published: {stated(result.published_result)}. Measured here: {measured}.{note}"


def flat(recipe: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yields (knob, value) of a nested recipe, knobs joined by dots, values as params.yaml would write them."""
    for key, value in recipe.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _plain(value)


def _plain(value: Any) -> str:
    if value is None or value in ({}, []):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)
