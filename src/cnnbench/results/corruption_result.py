"""The folder of a run on corrupted images under reports/corruptions/: its table and figures."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results.reading import Rows, picture_size, rows
from cnnbench.results.run_result import Picture
from cnnbench.runs.corruption_files import TABLE

FOLDER = "corruptions"
"""Beside the folder of the runs: it holds a folder per run."""
COLUMNS = {
    "corruption": "what was done to the test images; all: the mean over all of them",
    "strength": "1 to 5; mean: the mean over all of them",
    "metric": "its name in the leaderboard",
    "value": "on the corrupted images",
    "low": "the lower end of its 95 % interval",
    "high": "the upper end",
    "clean": "on the test images as they are",
    "difference": "corrupted minus clean",
    "difference_low": "the lower end of its 95 % interval, of paired draws of the test groups",
    "difference_high": "the upper end",
}
"""The columns of corruptions.csv, with their documentation."""


@dataclass(frozen=True)
class Cell:
    """A metric under a corruption.

    Attributes:
        corruption, strength, metric: As in the table.
        value: On the corrupted images, with its interval.
        clean: On the clean ones.
        difference: Corrupted minus clean, with its interval.
    """

    corruption: str
    strength: str
    metric: str
    value: Estimate
    clean: float
    difference: Estimate


@dataclass(frozen=True)
class CorruptionResult:
    """A run on corrupted images; its files are read when they are asked for."""

    folder: Path

    @property
    def run(self) -> str:
        """The name of the run."""
        return self.folder.name

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The lines of the table."""
        return tuple(
            Cell(
                row["corruption"],
                row["strength"],
                row["metric"],
                _estimate(row, "value", "low", "high"),
                float(row["clean"] or "nan"),
                _estimate(row, "difference", "difference_low", "difference_high"),
            )
            for row in self._rows
        )

    def picture(self, name: str) -> Picture:
        """A figure, by the name of its file."""
        return Picture(self.folder / name, *picture_size(self.folder / name))

    @cached_property
    def _rows(self) -> Rows:
        texts = ("corruption", "strength", "metric")
        return rows(self.folder / TABLE, tuple(COLUMNS), (), tuple(name for name in COLUMNS if name not in texts))


def load(reports: Path, runs: Collection[str]) -> list[CorruptionResult]:
    """The runs that were measured on corrupted images, sorted by name."""
    found = sorted(path.parent for path in (reports / FOLDER).glob(f"*/{TABLE}"))
    return [CorruptionResult(folder) for folder in found if folder.name in runs]


def _estimate(row: dict[str, str], *names: str) -> Estimate:
    return Estimate(*(float(row[name] or "nan") for name in names))
