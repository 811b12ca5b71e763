"""MLflow runs of the leaderboard's rows that no training is behind: baselines and ensembles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from cnnbench.metrics import lookup
from cnnbench.results.line import metrics_of
from cnnbench.tracking import origin
from cnnbench.tracking.store import BADGES, Store

_ROW = "cnnbench.row_sha256"  # tag
_SETTINGS = ("dataset", "architecture", "weights", "trained_on", "protocol", "profile", "source", "fold")
"""Columns of the leaderboard that are parameters of such a run."""


def add(store: Store, row: Mapping[str, str], made: float) -> bool:
    """Makes the run of a row, unless one has this very row; returns whether it did.

    Args:
        store: MLflow's.
        row: Of leaderboard.csv.
        made: When its result was, in seconds since 1970. MLflow's charts begin with the ten latest runs: trainings.
    """
    from mlflow.entities import Param, RunTag

    sha256 = hashlib.sha256(json.dumps(sorted(row.items())).encode()).hexdigest()
    with store.lock:  # or two calls at once would make a run each
        if store.client.search_runs([store.experiment], f"tags.`{_ROW}` = '{sha256}'", max_results=1):
            return False
        store.begin("", "", origin.tags())
        store.now = made
        run = store.create(row["run"], row["kind"], {})
        values = lookup.add_prefix({name: measured.value for name, measured in metrics_of(row).items()})
        store.log_metrics(values | ({"parameters": float(row["parameters"])} if row.get("parameters") else {}))
        # last, and at once: without its tags the next call finds no run and makes it anew
        tags = {_ROW: sha256, "cnnbench.synthetic": "yes" if row.get("synthetic") == "true" else "no"}
        tags |= {BADGES: row["badges"]} if row.get("badges") else {}
        params = [Param(name, row[name]) for name in _SETTINGS if row.get(name)]
        store.flush()
        store.client.log_batch(run, params=params, tags=[RunTag(key, value) for key, value in tags.items()])
        store.end({})
        store.close_run()
    return True
