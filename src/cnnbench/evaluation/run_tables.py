"""Writes tables as files: the same bytes for the same content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.core.csv_cells import guard_texts
from cnnbench.data.records.reader import Part


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Writes a table, numbers with six significant digits and NaN as an empty field."""
    with files.aside(path) as aside:
        # pandas would end lines as the system does, and DVC would see another file
        guard_texts(frame).to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")


def write_predictions(out: Path, part: Part, columns: dict[str, NDArray[np.float64]]) -> None:
    """Writes `predictions.parquet`: id, group, label and predictions, a row per test example, sorted by id."""
    frame = pd.DataFrame({"id": part.ids, "group": part.groups, "label": part.labels, **columns})
    with files.aside(out / "predictions.parquet") as aside:
        # Runs are compared row by row
        frame.sort_values("id").to_parquet(aside, index=False)


def score_columns(values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """The columns score_0 .. score_<k-1> of scores of shape (n, k)."""
    return {f"score_{index}": column for index, column in enumerate(values.T)}
