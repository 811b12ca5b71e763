"""Predictions that others have brought, with the labels and groups of a run on the same test part."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np

from cnnbench.config import NO_WEIGHTS
from cnnbench.core.csv_cells import unguard
from cnnbench.core.errors import UserError
from cnnbench.results.frame_result import FrameResult
from cnnbench.results.line import Kind
from cnnbench.results.run_result import RunResult
from cnnbench.runs.brought_record import ID, PREDICTION, BroughtRecord, digest
from cnnbench.runs.record import Evaluation, Problem, Start


class BroughtResult(FrameResult):
    """Predictions of others: nothing of how they were made is known here, so that nothing was reproduced.

    Attributes:
        weights, start: What was said that the network started from.
    """

    kind: ClassVar[Kind] = "brought"
    seed: ClassVar[None] = None
    architecture: ClassVar[str] = "brought"
    parameters: ClassVar[None] = None
    trained_parameters: ClassVar[None] = None
    flops: ClassVar[None] = None
    trials: ClassVar[int] = 0

    weights: str = NO_WEIGHTS
    start: Start | None = None


def load(folder: Path, runs: Iterable[RunResult]) -> tuple[list[BroughtResult], list[str]]:
    """Opens the predictions that others have brought.

    Args:
        folder: With a .json and a .csv file each.
        runs: Those of the report.

    Returns:
        The results, sorted by name; and a line on each that no run of the report has the test part of.

    Raises:
        UserError: A file is missing or damaged.
    """
    runs = list(runs)
    taken = {run.run for run in runs}
    by_part: dict[tuple[str, int, tuple[str, ...]], RunResult] = {}
    for one in runs:
        by_part.setdefault((one.dataset, one.fold, one.classes), one)
    found, notes = [], []
    for path in sorted(folder.glob("*.json")):
        record = _read_record(path)
        run = by_part.get((record.dataset, record.fold, record.classes))
        if run is None or digest(run.predictions[ID]) != record.test:
            notes.append(
                f"{path.stem}, brought for {record.examples:,} test examples of {record.dataset}, is not shown: no run "
                "of this report was tested on the same."
            )
        elif path.stem in taken:
            notes.append(f"{path.stem}, which was brought, is not shown: a run has its name. Rename one of the two.")
        else:
            found.append(_open(path, record, run))
    return found, notes


def _open(path: Path, record: BroughtRecord, run: RunResult) -> BroughtResult:
    known = {name: getattr(run, name) for name in (*Problem.model_fields, *Evaluation.model_fields)}
    # chosen on the run's validation data, for the run's scores
    known |= {"run": path.stem, "threshold": None, "temperature": None, "subgroup_notes": ()}
    if record.trained_on:
        start = Start(trained_on=record.trained_on, licence="", origin="as brought", sha256="")
        known |= {"weights": "brought", "start": start}
    result = BroughtResult(**known)
    columns = [f"score_{index}" for index in range(len(record.classes))] or [PREDICTION]
    values = _read_values(path.with_suffix(".csv"), list(record.classes) or [PREDICTION])
    frame = run.predictions.copy()
    try:
        numbers = np.array([values[one] for one in frame[ID]])
    except KeyError as error:
        raise _damaged(path, f"none of {error}") from None
    frame[columns] = numbers / numbers.sum(axis=1, keepdims=True) if record.classes else numbers
    result._frame = frame.assign(threshold=np.nan)
    return result


def _read_record(path: Path) -> BroughtRecord:
    try:
        return BroughtRecord.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:  # of JSON, and of pydantic
        raise _damaged(path, type(error).__name__) from None


def _read_values(path: Path, columns: list[str]) -> dict[str, list[float]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {unguard(row[ID]): [float(row[name]) for name in columns] for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from None


def _damaged(path: Path, received: str) -> UserError:
    return UserError(
        f"Expected the predictions that `cnnbench runs --add-predictions` wrote in {path}, received {received}: "
        f"`git checkout {path}`, or remove it and its .json."
    )
