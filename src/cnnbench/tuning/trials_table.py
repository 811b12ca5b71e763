"""All trials of a search as a table, tuning/<run>.csv: the same on every machine that trains the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from cnnbench.core import files
from cnnbench.tuning.study import Trial, as_cells


def write(path: Path, trials: Sequence[Trial], chosen: Trial | None) -> None:
    """Writes the trials, sorted by number; `chosen` has a yes in the last column."""
    rows = [as_cells(trial) | {"chosen": "yes" if trial == chosen else ""} for trial in trials]
    # figures are those of complete trials; the last columns stay last
    columns = [*dict.fromkeys(key for row in rows for key in row if key != "chosen"), "chosen"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _format(value) for key, value in row.items()})
    files.write_text(path, text.getvalue())


def _format(value: object) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
