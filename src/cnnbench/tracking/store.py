"""The MLflow store: SQLite beside the user's repository, or the server that MLFLOW_TRACKING_URI names."""

from __future__ import annotations

import gc
import logging
import math
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

import cnnbench
from cnnbench.tracking.rows import Row

EXPERIMENT = "cnnbench"
_PACKAGES = ("tensorflow", "keras", "numpy", "dvc")
_KEYS = ("seed", "recipe.")  # params that tell one row from another, beside its model
_BATCH = 1000  # metrics that MLflow takes at once
_UNLOGGED = ("counts", "published_recipe")  # long, and in run.json


def root() -> Path:
    """The user's repository, also from the throw-away copy in which `dvc exp run --temp` and `--queue` work."""
    if "DVC_ROOT" in os.environ:
        return Path(os.environ["DVC_ROOT"])
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


class Store:
    """One run in MLflow; its methods are the events of a `Tracker`."""

    def __init__(self) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        gc.disable()  # while importing there is no garbage to collect
        from mlflow import MlflowClient

        gc.enable()
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        home = root()
        uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}"
        self._run = ""
        beside = Path(uri.removeprefix("sqlite:///")).parent if uri.startswith("sqlite:///") else home
        self.lock = FileLock(beside / ".mlflow.lock")
        with self.lock:  # two processes that create the database at once break it for good
            self._client = MlflowClient(uri)
            if found := self._client.get_experiment_by_name(EXPERIMENT):
                self._experiment = str(found.experiment_id)
            else:  # a server has a place of its own for artifacts
                place = (home / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
                kind = {"mlflow.experimentKind": "custom_model_development"}  # so the UI opens on runs, not on chats
                self._experiment = self._client.create_experiment(EXPERIMENT, place, kind)

    def training(self, run: str, params: Mapping[str, Any], device: str) -> None:
        """Creates a run with its parameters."""
        self._create(run, "training")
        versions = {name: version(name) for name in _PACKAGES}
        versions |= {"cnnbench": cnnbench.__version__, "python": platform.python_version()}
        self._params({**params, "device": device, "precision": "float32", "versions": versions})

    def evaluation(self, run: str, params: Mapping[str, Any], model_sha256: str) -> None:
        """Finds the run that trained the model, in this DVC experiment if it can be, or creates one."""
        experiment = os.environ.get("DVC_EXP_NAME", "")
        made = self._runs_of(run, model_sha256)
        here = [found for found in made if found.data.tags.get("dvc.exp_name") == experiment]
        if found := here or made:
            self._run = found[0].info.run_id
            return
        self._create(run, "dvc cache")
        self._params(params)
        self.tags({"cnnbench.model_sha256": model_sha256})

    def trained(self, run: str, data_sha256: str, model_sha256: str) -> None:
        """Ties the run to its data and model.

        If an earlier training made the same model, DVC sees no need to evaluate it again: its test metrics are this
        run's too.
        """
        known = [found.data.metrics for found in self._runs_of(run, model_sha256)]
        tested = [{key: value for key, value in metrics.items() if key.startswith("test_")} for metrics in known]
        for metrics in [found for found in tested if found][:1]:
            self.metrics(metrics, step=0, now=time.time())
        self.tags({"cnnbench.data_sha256": data_sha256, "cnnbench.model_sha256": model_sha256})

    def metrics(self, values: Mapping[str, float], step: int, now: float) -> None:
        """Logs figures of one step."""
        from mlflow.entities import Metric

        stamp = int(now * 1000)
        defined = [Metric(key, value, stamp, step) for key, value in values.items() if not math.isnan(value)]
        self._client.log_batch(self._run, metrics=defined)

    def tags(self, values: Mapping[str, str]) -> None:
        """Sets tags."""
        from mlflow.entities import RunTag

        self._client.log_batch(self._run, tags=[RunTag(key, value) for key, value in values.items()])

    def artifacts(self, folder: str) -> None:
        """Copies a folder's files."""
        self._client.log_artifacts(self._run, folder)

    def end(self, seconds: float) -> None:
        """Closes the run as finished."""
        stage = os.environ.get("DVC_STAGE", "stage").split("@")[0]
        self._client.log_metric(self._run, f"{stage}_seconds", seconds)
        self._client.set_terminated(self._run, "FINISHED")
        self._run = ""

    def enter(self, row: Row) -> None:
        """Makes a run for a row of the leaderboard whose results came out of DVC's cache."""
        self._create(row.run, "dvc cache")
        try:
            self._params(row.params)
            self._history(row.history)
            self._tested(row)
            self.tags({"cnnbench.data_sha256": row.data_sha256, "cnnbench.model_sha256": row.model_sha256})
        except BaseException:
            self.close()
            raise
        self._client.set_terminated(self._run, "FINISHED")
        self._run = ""

    def complete(self, run_id: str, row: Row) -> None:
        """Gives the run that trained a row's model the test results that came out of DVC's cache."""
        self._run = run_id
        self._tested(row)
        self._run = ""

    def runs_of(self, row: Row) -> list[Any]:
        """The MLflow runs of a row, latest first: of its name and model, and of no other data, recipe or seed."""
        own = {key: str(value) for key, value in _flat({name: row.params[name] for name in ("seed", "recipe")})}
        return [
            found
            for found in self._runs_of(row.run, row.model_sha256)
            if all(own.get(key) == value for key, value in found.data.params.items() if key.startswith(_KEYS))
            and found.data.tags.get("cnnbench.data_sha256", row.data_sha256) in (row.data_sha256, "")
        ]

    def close(self) -> None:
        """Closes a run that was never ended as failed."""
        if self._run:
            self._client.set_terminated(self._run, "FAILED")

    def _runs_of(self, run: str, model_sha256: str) -> list[Any]:
        """MLflow runs that made or evaluated this model, latest first."""
        query = f"tags.`cnnbench.run` = '{run}' and tags.`cnnbench.model_sha256` = '{model_sha256}'"
        return list(self._client.search_runs([self._experiment], query, order_by=["attributes.start_time DESC"]))

    def _tested(self, row: Row) -> None:
        self.metrics({f"test_{name}": value for name, value in row.metrics.items()}, step=0, now=time.time())
        self.artifacts(str(row.folder))

    def _history(self, rows: list[dict[str, float]]) -> None:
        from mlflow.entities import Metric

        stamp = int(time.time() * 1000)
        points = [
            Metric(key, value, stamp, int(row["epoch"]))
            for row in rows
            for key, value in row.items()
            if key != "epoch" and not math.isnan(value)
        ]
        for start in range(0, len(points), _BATCH):
            self._client.log_batch(self._run, metrics=points[start : start + _BATCH])

    def _params(self, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        shown = {key: value for key, value in values.items() if key not in _UNLOGGED}
        self._client.log_batch(self._run, params=[Param(key, str(value)) for key, value in _flat(shown)])

    def _create(self, run: str, origin: str) -> None:
        """Creates a run under that of the whole benchmark: a DVC experiment, or the workspace at a commit."""
        commit = _git("rev-parse", "HEAD")
        name = os.environ.get("DVC_EXP_NAME", "")
        stage = os.environ.get("DVC_STAGE", "")
        tags = {
            "mlflow.source.name": f"stages/{stage.split('@')[0]}.py" if stage else "stages",
            "mlflow.source.git.commit": commit,
            "dvc.exp_name": name,
            "dvc.exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV", ""),
        }
        benchmark = name or f"workspace {commit[:8]}".strip()
        own = {
            "mlflow.parentRunId": self._parent(benchmark, tags),
            "cnnbench.run": run,
            "cnnbench.origin": origin,
            "dvc.stage": stage,
            "git.changed": "yes" if _git("status", "--porcelain", "--", "src", "stages", "params.yaml") else "no",
        }
        self._run = self._client.create_run(self._experiment, tags=tags | own, run_name=run).info.run_id

    def _parent(self, benchmark: str, tags: Mapping[str, str]) -> str:
        with self.lock:  # or two workers of one experiment would make one each
            query = f"tags.`cnnbench.benchmark` = '{benchmark}'"
            if found := self._client.search_runs([self._experiment], query, max_results=1):
                return str(found[0].info.run_id)
            marked = {**tags, "cnnbench.benchmark": benchmark}
            parent = str(self._client.create_run(self._experiment, tags=marked, run_name=benchmark).info.run_id)
            self._client.set_terminated(parent)
            return parent


def _git(*arguments: str) -> str:
    """What git prints; nothing where there is no repository or no commit yet."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else ""


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
