"""The folder of a test on another data set under reports/tests/: its record, metrics and predictions."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import ClassVar, Self

from cnnbench.results.line import Kind
from cnnbench.results.run_result import Tested
from cnnbench.runs.external_record import ExternalRecord
from cnnbench.runs.record import FILE

FOLDER = "tests"
"""Beside the folder of the runs: it holds a folder per test."""


class ExternalResult(Tested, ExternalRecord):
    """A run tested on another data set: it stands beside the run, without a rank."""

    kind: ClassVar[Kind] = "external"

    @property
    def beside(self) -> str:
        """The run."""
        return self.network

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Opens a test's folder; see `ExternalRecord.read`."""
        found = super().read(folder)
        found._folder = folder
        return found


def load(reports: Path, runs: Collection[str]) -> list[ExternalResult]:
    """Opens the tests of these runs that are there, sorted by name.

    Raises:
        UserError: A run.json is damaged. Other files are read when they are asked for.
    """
    found = [ExternalResult.read(path.parent) for path in sorted((reports / FOLDER).glob(f"*/{FILE}"))]
    return [one for one in found if one.network in runs]
