"""What a run was measured on beside its own test part: other data sets, and corrupted images.

Its figures stand in the MLflow run of the network, in sections of their own, its files in folders of the artifacts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnbench.metrics import lookup
from cnnbench.results import corruption_result, external_result
from cnnbench.results.corruption_result import CorruptionResult
from cnnbench.results.external_result import ExternalResult
from cnnbench.runs.corruption_files import ALL, MEAN
from cnnbench.tracking import names

if TYPE_CHECKING:
    from cnnbench.tracking.store import Store


class Beyond(NamedTuple):
    """Results of one folder.

    Attributes:
        figures: By their names in MLflow.
        folder: With the files.
        place: Of these among the artifacts of the run.
    """

    figures: dict[str, float]
    folder: Path
    place: str


def read(folder: Path) -> Beyond:
    """The results in reports/tests/<test>/ or reports/corruptions/<run>/."""
    place = f"{folder.parent.name}/{folder.name}"
    if folder.parent.name == corruption_result.FOLDER:
        return Beyond(dict(_corrupted(CorruptionResult(folder))), folder, place)
    return Beyond(_tested(ExternalResult.read(folder)), folder, place)


def of_run(reports: Path, run: str) -> list[Beyond]:
    """Those of a run that are there."""
    tests, corrupted = external_result.load(reports, {run}), corruption_result.load(reports, {run})
    return [read(folder) for folder in (*(one.folder for one in tests), *(one.folder for one in corrupted))]


def complete(store: Store, run: Any, results: Iterable[Beyond]) -> bool:
    """Gives an MLflow run what it lacks of these results; returns whether it lacked any."""
    from mlflow.entities import Metric

    lacked, stamp = False, int(time.time() * 1000)
    for one in results:
        figures = {name: value for name, value in one.figures.items() if not math.isnan(value)}
        if any(run.data.metrics.get(name) != value for name, value in figures.items()):
            points = [Metric(name, value, stamp, 0) for name, value in figures.items()]
            store.client.log_batch(run.info.run_id, metrics=points)
            store.client.log_artifacts(run.info.run_id, str(one.folder), one.place)
            lacked = True
    return lacked


def _tested(result: ExternalResult) -> dict[str, float]:
    """As test/ham_vienna/accuracy: by the data set, so that charts show runs that were tested on it side by side."""
    section = result.tested_on if result.part == "all" else f"{result.tested_on} {result.part} part"
    alike = external_result.load(result.folder.parents[1], {result.network})
    if sum((one.tested_on, one.part) == (result.tested_on, result.part) for one in alike) > 1:
        section = result.run  # as of two mappings of the classes
    return {f"{names.TEST}{section}/{name}": estimate.value for name, estimate in result.metrics.items()}


def _corrupted(result: CorruptionResult) -> Iterator[tuple[str, float]]:
    """The means over strengths, as corruption/blur/accuracy, and corruption/all/accuracy over all of them.

    Of each kind the metrics of the leaderboard alone: corruptions.csv, among the artifacts, has the others.
    """
    headline = lookup.headline_of({cell.metric for cell in result.cells})
    shown = (headline, lookup.beside(2).name)
    for cell in result.cells:
        if cell.strength == MEAN and (cell.corruption == ALL or cell.metric in shown):
            yield f"corruption/{cell.corruption}/{cell.metric}", cell.value.value
