"""One row, one tracker run: MLflow runs for rows that DVC took from its cache, and costs for the page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cnnbench.core import files
from cnnbench.results import baseline_result, reading
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import FILE
from cnnbench.tracking import beyond, circumstances, names, replay, spool, untrained
from cnnbench.tracking.beyond import Beyond
from cnnbench.tracking.dvc_files import DvcFiles
from cnnbench.tracking.lineage import Model
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import store_errors

Outcome = Literal["made", "completed", "known"]
_NETWORK = "network"
COSTS = ("train_seconds", "images_per_second", "latency_ms", "peak_memory_mib", "device")


class Row(NamedTuple):
    """A row of the leaderboard with its model and the SHA-256 of its data."""

    result: RunResult
    model: Model
    data_sha256: str

    @property
    def beyond(self) -> list[Beyond]:
        """Its results on other data and on corrupted images."""
        return beyond.of_run(self.result.folder.parents[1], self.result.run)


class Backfill(NamedTuple):
    """What `add_missing_runs` did.

    Attributes:
        outcomes: Of each run: a tracker run was made for it, was given what it lacked, or was known.
        costs: Of each run with any known cost, the `COSTS`, None where one is not known, and `circumstances`.
    """

    outcomes: dict[str, Outcome]
    costs: dict[str, dict[str, Any]]


def complete_earlier_runs() -> list[str]:
    """Gives MLflow what it could not take while stages ran; returns the names of the runs.

    Raises:
        StoreError: MLflow's store does not work.
    """
    if not spool.left():
        return []
    with store_errors(), Store() as store:
        return replay.complete_runs(store)


def add_missing_runs(reports: Path) -> Backfill:
    """Makes or completes the tracker runs of the leaderboard's rows, and writes `costs.js` beside the report.

    A row's tracker run has its name, data, recipe, seed and model. A second call makes none.

    Args:
        reports: The report's folder.

    Raises:
        UserError: A file is missing or damaged.
        StoreError: MLflow's store does not work.
    """
    lines = reading.rows(reports / "leaderboard.csv", ("run",))
    # Nothing was trained for a baseline or an ensemble: the row is all that there is.
    others = [one for one in lines if one.get("kind", _NETWORK) != _NETWORK]
    rows = _rows(reports, [one["run"] for one in lines if one not in others])
    made = {one.run: one.folder / FILE for one in baseline_result.load(reports)}
    with store_errors(), Store() as store:
        outcomes: dict[str, Outcome] = {row.result.run: _add(store, row) for row in rows}
        for one in others:
            when = made.get(one["run"], reports / "leaderboard.csv").stat().st_mtime
            outcomes[one["run"]] = "made" if untrained.add(store, one, when) else "known"
        all_costs = {row.result.run: _costs(store.find_row_runs(*row)) for row in rows}
    costs = {run: of_run for run, of_run in all_costs.items() if any(of_run.values())}
    # A script, not JSON: a page that is opened from disk cannot fetch a file.
    files.write_text(reports / "costs.js", f"window.cnnbenchCosts = {json.dumps(costs, indent=2)};\n")
    return Backfill(outcomes, costs)


def _rows(reports: Path, runs: Iterable[str]) -> list[Row]:
    rows = []
    with DvcFiles() as dvc_files:
        for run in runs:
            result = RunResult.read(reports / "runs" / run)
            row = Row(result, dvc_files.model(result.run), dvc_files.data_sha256(result.dataset))
            # read now: a damaged file must show before any MLflow run is made
            _ = result.metrics, result.history, row.beyond
            rows.append(row)
    return rows


def _add(store: Store, row: Row) -> Outcome:
    with store.lock:  # or two calls at once would make a run each
        runs = store.find_row_runs(*row)
        if not runs:
            store.add_run(*row)
            beyond.complete(store, store.find_row_runs(*row)[0], row.beyond)
            return "made"
        run = next((run for run in runs if any(map(names.is_test, run.data.metrics))), runs[0])
        lacked = store.complete_run(run, row.result, row.data_sha256)
        lacked |= beyond.complete(store, run, row.beyond)
        return "completed" if lacked else "known"


def _costs(runs: list[Any]) -> dict[str, Any]:
    """Costs of the latest training, how it was made, and the latest latency, to four digits.

    Args:
        runs: MLflow's runs of one row, latest first.
    """
    placed = [({names.place(key): value for key, value in run.data.metrics.items()}, run.data) for run in runs]
    seconds, latency = names.place("train_seconds"), names.place("latency_ms")
    metrics, trained = next((one for one in placed if seconds in one[0]), (dict[str, float](), None))
    # An evaluation may have a run of its own.
    timed = next((found[latency] for found, _ in placed if latency in found), None)
    known: dict[str, Any] = {name: metrics.get(names.place(name)) for name in COSTS}
    known |= {"latency_ms": timed, "device": trained.params.get("device") if trained else None}
    costs = {name: _round(value) for name, value in known.items()}
    return costs | (circumstances.describe(trained.params, trained.tags) if trained else {})


def _round(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
