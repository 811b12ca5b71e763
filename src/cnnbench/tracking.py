"""MLflow: the one place for times, devices, hosts and run ids, none of which may enter a file that DVC tracks."""

from __future__ import annotations

import logging
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

import cnnbench

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "cnnbench"
_UNLOGGED = ("counts", "published_recipe")  # long, and in run.json
_PACKAGES = ("tensorflow", "keras", "numpy", "dvc")


def root() -> Path:
    """The user's repository, also from the throw-away copy in which `dvc exp run --temp` and `--queue` work."""
    if "DVC_ROOT" in os.environ:
        return Path(os.environ["DVC_ROOT"])
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


class TrackedRun:
    """One MLflow run, open for writing."""

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self._client = client
        self._id = run_id
        self._started = time.time()

    def params(self, values: Mapping[str, Any]) -> None:
        """Logs parameters; nested ones under dotted names."""
        from mlflow.entities import Param

        shown = {key: value for key, value in values.items() if key not in _UNLOGGED}
        self._client.log_batch(self._id, params=[Param(key, str(value)) for key, value in _flat(shown)])

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Logs figures of one step."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._client.log_batch(self._id, metrics=[Metric(key, value, now, step) for key, value in values.items()])

    def tags(self, values: Mapping[str, str]) -> None:
        """Sets tags."""
        from mlflow.entities import RunTag

        self._client.log_batch(self._id, tags=[RunTag(key, value) for key, value in values.items()])

    def artifacts(self, folder: Path) -> None:
        """Copies a folder's files into the store."""
        self._client.log_artifacts(self._id, str(folder))

    def epoch(self, row: Mapping[str, float]) -> None:
        """Logs a row of the history."""
        self.metrics({key: value for key, value in row.items() if key != "epoch"}, step=int(row["epoch"]))


@contextmanager
def training(run: str, params: Mapping[str, Any], device: str) -> Iterator[TrackedRun]:
    """Opens the MLflow run of a training; it ends FINISHED, or FAILED if the block raises.

    Args:
        run: The run's name in params.yaml.
        params: What to log before the first epoch.
        device: What it is trained on.
    """
    client, experiment = _store()
    tracked = _create(client, experiment, run, origin="training")
    status = "FAILED"
    try:
        versions = {name: version(name) for name in _PACKAGES}
        versions |= {"cnnbench": cnnbench.__version__, "python": platform.python_version()}
        tracked.params({**params, "device": device, "precision": "float32", "versions": versions})
        yield tracked
        tracked.metrics({"train_seconds": time.time() - tracked._started})
        status = "FINISHED"
    finally:
        client.set_terminated(tracked._id, status)


@contextmanager
def evaluation(run: str, params: Mapping[str, Any], model_sha256: str) -> Iterator[TrackedRun]:
    """Reopens the MLflow run whose training made the model.

    Where there is none, since DVC took the model from its cache, a run is made, so that no result goes without one.

    Args:
        run: The run's name in params.yaml.
        params: What to log if a run has to be made.
        model_sha256: Of `model.keras`.
    """
    client, experiment = _store()
    made_by = f"tags.`cnnbench.run` = '{run}' and tags.`cnnbench.model_sha256` = '{model_sha256}'"
    here = f" and tags.`dvc.exp_name` = '{os.environ.get('DVC_EXP_NAME', '')}'"
    for query in (made_by + here, made_by):
        if found := client.search_runs([experiment], query, max_results=1, order_by=["attributes.start_time DESC"]):
            yield TrackedRun(client, found[0].info.run_id)
            return
    tracked = _create(client, experiment, run, origin="dvc cache")
    tracked.params(params)
    tracked.tags({"cnnbench.model_sha256": model_sha256})
    yield tracked
    client.set_terminated(tracked._id)


def _store() -> tuple[MlflowClient, str]:
    """The client and the experiment's id.

    The lock is there because two processes that create the database at once break it for good.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    home = root()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}"
    with FileLock(home / ".mlflow.lock"):
        client = MlflowClient(uri)
        if found := client.get_experiment_by_name(EXPERIMENT):
            return client, str(found.experiment_id)
        local = uri.startswith("sqlite:")  # a server has a place of its own for artifacts
        return client, client.create_experiment(EXPERIMENT, (home / "mlartifacts").as_uri() if local else None)


def _create(client: MlflowClient, experiment: str, run: str, origin: str) -> TrackedRun:
    """Creates a run under that of the whole benchmark: a DVC experiment, or the workspace at a commit."""
    commit = _git("rev-parse", "HEAD")
    name = os.environ.get("DVC_EXP_NAME", "")
    tags = {
        "mlflow.source.name": f"stages/{os.environ.get('DVC_STAGE', 'train').split('@')[0]}.py",
        "mlflow.source.git.commit": commit,
        "dvc.exp_name": name,
        "dvc.exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV", ""),
    }
    benchmark = name or f"workspace {commit[:8]}".strip()
    with FileLock(root() / ".mlflow.lock"):
        found = client.search_runs([experiment], f"tags.`cnnbench.benchmark` = '{benchmark}'", max_results=1)
        if found:
            parent = found[0].info.run_id
        else:
            parent = client.create_run(
                experiment, tags=tags | {"cnnbench.benchmark": benchmark}, run_name=benchmark
            ).info.run_id
            client.set_terminated(parent)
    own = {
        "mlflow.parentRunId": parent,
        "cnnbench.run": run,
        "cnnbench.origin": origin,
        "dvc.stage": os.environ.get("DVC_STAGE", ""),
        "git.changed": "yes" if _git("status", "--porcelain", "--", "src", "stages", "params.yaml") else "no",
    }
    return TrackedRun(client, client.create_run(experiment, tags=tags | own, run_name=run).info.run_id)


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
