"""The folder of a baseline under reports/baselines/ or reports/probes/: its record, metrics and predictions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import ClassVar, Self

from cnnbench.results.line import Kind
from cnnbench.results.run_result import Tested
from cnnbench.runs.baseline_record import BaselineRecord
from cnnbench.runs.record import FILE

FOLDERS = ("baselines", "probes")
"""Beside the folder of the runs: those that hold a folder per data set, or per features, with one per method."""


class BaselineResult(Tested, BaselineRecord):
    """A measured baseline: it has no seed, and nothing that could be trained again, used or exported."""

    kind: ClassVar[Kind] = "baseline"
    seed: ClassVar[None] = None
    flops: ClassVar[None] = None
    trained_parameters: ClassVar[None] = None
    trials: ClassVar[int] = 0

    @property
    def architecture(self) -> str:
        """The method, which stands where a run has its network."""
        return self.method

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Opens a baseline's folder; see `BaselineRecord.read`."""
        found = super().read(folder)
        found._folder = folder
        return found


def load(reports: Path, datasets: Collection[str] | None = None) -> list[BaselineResult]:
    """Opens the baselines that are there, sorted by name; of these data sets alone, if they are given.

    Raises:
        UserError: A run.json is damaged. Other files are read when they are asked for.
    """
    found = [BaselineResult.read(path.parent) for path in _records(reports)]
    wanted = (one for one in found if datasets is None or one.dataset in datasets)
    return sorted(wanted, key=lambda one: one.run)


def _records(reports: Path) -> Iterable[Path]:
    return (path for name in FOLDERS for path in sorted((reports / name).glob(f"*/*/{FILE}")))
