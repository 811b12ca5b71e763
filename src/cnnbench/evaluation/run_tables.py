"""Writes tables as files: the same bytes for the same content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.core.csv_cells import guard_texts
from cnnbench.data.records.reader import Part
from cnnbench.metrics import lookup, subgroups
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

if TYPE_CHECKING:
    from cnnbench.evaluation.split_facts import Facts


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a table, numbers with six significant digits and NaN as an empty field."""
    with files.aside(path) as aside:
        # pandas would end lines as the system does, and DVC would see another file
        guard_texts(frame).to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")


def write_metrics(
    out: Path, predictions: Predictions, classes: Sequence[str], facts: Facts | None
) -> dict[str, Estimate]:
    """Measures a run, and writes `metrics.json` and, where the data set has attributes, `subgroups.csv`.

    Args:
        out: The folder.
        predictions: Of the test examples.
        classes: Their names; none for a regression.
        facts: On the same examples.
    """
    (out / "subgroups.csv").unlink(missing_ok=True)
    if facts:
        ranked = subgroups.rankable(predictions.labels, len(classes), facts.subgroups)
        predictions = replace(predictions, twin=facts.twin, subgroups=ranked)
        if facts.subgroups:
            write_csv(subgroups.table(predictions, classes, facts.subgroups), out / "subgroups.csv")
    metrics = measure(predictions)
    files.write_json(out / "metrics.json", {name: _measured(name, one, classes) for name, one in metrics.items()})
    return metrics


def _measured(name: str, estimate: Estimate, classes: Sequence[str]) -> dict[str, float | str]:
    """A metric as metrics.json has it, with the class that it speaks of."""
    positive = {"of": classes[1]} if len(classes) == 2 and lookup.is_of_positive(name) else {}
    return estimate._asdict() | positive


def write_predictions(
    out: Path, part: Part, columns: dict[str, NDArray[np.float64]], facts: Facts | None = None
) -> None:
    """Writes `predictions.parquet`, a row per test example, sorted by id.

    Columns: id, group, label, predictions and, with facts, twin and the attributes.
    """
    frame = pd.DataFrame({"id": part.ids, "group": part.groups, "label": part.labels, **columns})
    if facts:
        frame = frame.assign(twin=facts.twin)
        # own columns are what runs are compared by: an attribute of such a name stands beside them under another
        for name in facts.attributes:
            frame[f"attribute_{name}" if name in frame else name] = facts.attributes[name].to_numpy()
    with files.aside(out / "predictions.parquet") as aside:
        # Runs are compared row by row
        frame.sort_values("id").to_parquet(aside, index=False)


def score_columns(values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The columns score_0 .. score_<k-1> of scores of shape (n, k)."""
    return {f"score_{index}": column for index, column in enumerate(values.T)}
