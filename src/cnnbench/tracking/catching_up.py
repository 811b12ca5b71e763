"""One row, one tracker run: MLflow runs for rows that DVC took from its cache, and costs for the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup
from cnnbench.results import reading
from cnnbench.results.run_result import RunResult
from cnnbench.tracking.lineage import Model
from cnnbench.tracking.store import Store
from cnnbench.tracking.stored import Stored

Outcome = Literal["made", "completed", "known"]
COSTS = ("train_seconds", "images_per_second", "latency_ms", "peak_memory_mib", "energy_joules", "device")


class Caught(NamedTuple):
    """What `catch_up` did.

    Attributes:
        outcomes: Of each run: a tracker run was made for it, was given the test metrics it lacked, or was known.
        costs: Of each run of which any is known, the `COSTS`, None where one is not.
    """

    outcomes: dict[str, Outcome]
    costs: dict[str, dict[str, Any]]


def catch_up(reports: Path) -> Caught:
    """Makes the tracker runs that rows of the leaderboard lack, and writes `costs.js` beside the report.

    A row's tracker run has its name, data, recipe, seed and model. A second call makes none.

    Args:
        reports: The report's folder.

    Raises:
        UserError: A file is missing or damaged, or MLflow's store does not work.
    """
    rows = _rows(reports)
    try:
        caught = _catch_up(rows)
    except Exception as error:  # MLflow raises whatever its store, its database or the network does
        said = " ".join(str(error).split())
        raise UserError(
            f"Expected a working MLflow store, received {type(error).__name__}: {said[:300]}; see MLFLOW_TRACKING_URI."
        ) from None
    content = json.dumps(caught.costs, indent=2)
    files.write_text(reports / "costs.js", f"window.cnnbenchCosts = {content};\n")
    return caught


def _rows(reports: Path) -> list[tuple[RunResult, Model, str]]:
    """Each run of the leaderboard, in its order, with its model and the SHA-256 of its data."""
    stored, rows = Stored(), []
    for line in reading.rows(reports / "leaderboard.csv", ("run",)):
        result = RunResult.read(reports / "runs" / line["run"])
        _ = result.metrics, result.history  # what is damaged must show before anything is made
        rows.append((result, stored.model(result.run), stored.data_sha256(result)))
    return rows


def _catch_up(rows: list[tuple[RunResult, Model, str]]) -> Caught:
    store = Store()
    outcomes: dict[str, Outcome] = {row[0].run: _enter(store, *row) for row in rows}
    costs = {row[0].run: _costs(store.runs_of(*row)) for row in rows}
    return Caught(outcomes, {run: found for run, found in costs.items() if any(found.values())})


def _enter(store: Store, result: RunResult, model: Model, data_sha256: str) -> Outcome:
    with store.lock:  # or two calls at once would make a run each
        found = store.runs_of(result, model, data_sha256)
        if any(key.startswith(lookup.TRACKED) for run in found for key in run.data.metrics):
            return "known"
        if found:
            store.complete(found[0].info.run_id, result, data_sha256)
            return "completed"
        store.enter(result, model, data_sha256)
        return "made"


def _costs(runs: list[Any]) -> dict[str, Any]:
    """What the latest training cost, and the latest latency.

    Args:
        runs: Of MLflow, latest first, all of one row.
    """
    trained = next((run.data for run in runs if "train_seconds" in run.data.metrics), None)
    timed = next((run.data for run in runs if "latency_ms" in run.data.metrics), None)
    known = dict(trained.metrics) | {"device": trained.params.get("device")} if trained else {}
    known["latency_ms"] = timed.metrics["latency_ms"] if timed else None
    return {name: _short(known.get(name)) for name in COSTS}


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
