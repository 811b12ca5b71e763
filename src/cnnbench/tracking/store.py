"""The MLflow store: SQLite beside the user's repository, or the server that MLFLOW_TRACKING_URI names."""

from __future__ import annotations

import gc
import logging
import math
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from cnnbench.core import files
from cnnbench.metrics import lookup
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import OUTCOMES, Plan, TrainingRecord
from cnnbench.tracking import lineage
from cnnbench.tracking.lineage import Model

EXPERIMENT = "cnnbench"
_PACKAGES = ("cnnbench", "tensorflow", "keras", "numpy", "dvc")
_KEYS = ("seed", "recipe.")  # params that tell one row from another, beside its model
_DATA = "cnnbench.data_sha256"  # tag: of `records.json`
_BATCH = 1000  # metrics that MLflow takes at once
_TOO_LONG = {"classes", "counts", "published_recipe", "changed"}  # for a table of settings; the note has the last
_SETTINGS = [*(name for name in Plan.model_fields if name not in _TOO_LONG), "threshold"]


def root() -> Path:
    """The user's repository, also from the throw-away copy in which `dvc exp run --temp` and `--queue` work."""
    if "DVC_ROOT" in os.environ:
        return Path(os.environ["DVC_ROOT"])
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


class Store:
    """One run in MLflow; its methods are the events of a `Tracker`.

    Attributes:
        client: Of the store.
        lock: Held while something is made that there must be one of.
    """

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
            self.client = MlflowClient(uri)
            if found := self.client.get_experiment_by_name(EXPERIMENT):
                self._experiment = str(found.experiment_id)
            else:  # a server has a place of its own for artifacts
                place = (home / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
                kind = {"mlflow.experimentKind": "custom_model_development"}  # so the UI opens on runs, not on chats
                self._experiment = self.client.create_experiment(EXPERIMENT, place, kind)

    def training(self, record: Plan, threads: int, device: str) -> None:
        """Creates a run with its parameters."""
        self._create(record.run, "training")
        versions = {name: version(name) for name in _PACKAGES}
        versions |= {"python": platform.python_version()}
        self._record = record
        self._settings(record, threads=threads, device=device, precision="float32", versions=versions)

    def evaluation(self, record: TrainingRecord, model_sha256: str) -> None:
        """Finds the run that trained the model, in this DVC experiment if it can be, or creates one."""
        experiment = os.environ.get("DVC_EXP_NAME", "")
        made = self.made_by(record.run, model_sha256)
        here = [found for found in made if found.data.tags.get("dvc.exp_name", "") == experiment]
        if found := here or made:
            self._run = found[0].info.run_id
            self._inputs(record, found[0].data.tags.get(_DATA, ""), ["test"])
            self._outcomes(record)
            return
        self._create(record.run, "dvc cache")
        self._settings(record)
        data_sha256 = _sha256(lineage.records_path(record.dataset))
        self._made_of(record, data_sha256, Model.read(record.run, model_sha256))

    def trained(self, data_sha256: str, model_sha256: str) -> None:
        """Ties the run to its data and model.

        If an earlier training made the same model, DVC sees no need to evaluate it again: its test metrics are this
        run's too.
        """
        known = [found.data.metrics for found in self.made_by(self._record.run, model_sha256)]
        own = (lookup.TRACKED, *OUTCOMES)
        tested = [{key: value for key, value in metrics.items() if key.startswith(own)} for metrics in known]
        parts = ["train", "val"]
        for metrics in [found for found in tested if found][:1]:
            self.metrics(metrics, step=0, now=time.time())
            parts.append("test")
        self._made_of(self._record, data_sha256, Model.read(self._record.run, model_sha256), parts)

    def metrics(self, values: Mapping[str, float], step: int, now: float) -> None:
        """Logs figures of one step."""
        from mlflow.entities import Metric

        stamp = int(now * 1000)
        defined = [Metric(key, value, stamp, step) for key, value in values.items() if not math.isnan(value)]
        self.client.log_batch(self._run, metrics=defined)

    def tags(self, values: Mapping[str, str]) -> None:
        """Sets tags."""
        from mlflow.entities import RunTag

        self.client.log_batch(self._run, tags=[RunTag(key, value) for key, value in values.items()])

    def artifacts(self, folder: str) -> None:
        """Copies a folder's files."""
        self.client.log_artifacts(self._run, folder)

    def end(self, seconds: float) -> None:
        """Closes the run as finished."""
        stage = os.environ.get("DVC_STAGE", "stage").split("@")[0]
        self.client.log_metric(self._run, f"{stage}_seconds", seconds)
        self.client.set_terminated(self._run, "FINISHED")
        self._run = ""

    def enter(self, result: RunResult, model: Model, data_sha256: str) -> None:
        """Makes a run for a row of the leaderboard whose results came out of DVC's cache."""
        self._create(result.run, "dvc cache")
        try:
            self._settings(result)
            self._history(result)
            self._tested(result)
            self._made_of(result, data_sha256, model)
        except BaseException:
            self.close()
            raise
        self.client.set_terminated(self._run, "FINISHED")
        self._run = ""

    def complete(self, run_id: str, result: RunResult, data_sha256: str) -> None:
        """Gives the run that trained a row's model the test results that came out of DVC's cache."""
        self._run = run_id
        self._tested(result)
        self._inputs(result, data_sha256, ["test"])
        self._run = ""

    def runs_of(self, result: RunResult, model: Model, data_sha256: str) -> list[Any]:
        """The MLflow runs of a row, latest first: of its name and model, and of no other data, recipe or seed."""
        own = {key: str(value) for key, value in _flat(result.model_dump(include={"seed", "recipe"}))}
        return [
            found
            for found in self.made_by(result.run, model.sha256)
            if all(own.get(key) == value for key, value in found.data.params.items() if key.startswith(_KEYS))
            and found.data.tags.get(_DATA, data_sha256) in (data_sha256, "")
        ]

    def close(self) -> None:
        """Closes a run that was never ended as failed."""
        if self._run:
            self.client.set_terminated(self._run, "FAILED")

    def made_by(self, run: str, model_sha256: str) -> list[Any]:
        """MLflow runs that made or evaluated this model, latest first."""
        query = f"tags.`cnnbench.run` = '{run}' and tags.`cnnbench.model_sha256` = '{model_sha256}'"
        return list(self.client.search_runs([self._experiment], query, order_by=["attributes.start_time DESC"]))

    def _made_of(
        self, record: Plan, data_sha256: str, model: Model, parts: Sequence[str] = tuple(lineage.CONTEXTS)
    ) -> None:
        """Ties the run to its model by tags, and to parts of its data set by tags and inputs; and describes both."""
        made_up = "yes" if lineage.synthetic(record) else "no"
        known = {_DATA: data_sha256, "cnnbench.synthetic": made_up, "mlflow.note.content": lineage.note(record, model)}
        self.tags({key: value for key, value in known.items() if value} | model.tags())
        self._inputs(record, data_sha256, parts)

    def _inputs(self, record: Plan, data_sha256: str, parts: Sequence[str]) -> None:
        """Names parts of the data set as what the run took in; a part that was named before is not named twice."""
        self.client.log_inputs(self._run, lineage.data(record, data_sha256, parts))

    def _tested(self, result: RunResult) -> None:
        tested = {name: estimate.value for name, estimate in result.metrics.items()}
        self.metrics(lookup.add_prefix(tested), step=0, now=time.time())
        self.artifacts(str(result.folder))

    def _history(self, result: RunResult) -> None:
        from mlflow.entities import Metric

        stamp = int(time.time() * 1000)
        points = [
            Metric(key, float(cell), stamp, int(row["epoch"]))
            for row in result.history
            for key, cell in row.items()
            if key != "epoch" and not math.isnan(float(cell or "nan"))
        ]
        for start in range(0, len(points), _BATCH):
            self.client.log_batch(self._run, metrics=points[start : start + _BATCH])

    def _settings(self, record: Plan, **more: Any) -> None:
        """Logs what was set as parameters, and what a record knows beyond that as figures."""
        from mlflow.entities import Param

        known = record.model_dump()
        shown = {name: known[name] for name in _SETTINGS if known.get(name) is not None} | more
        self.client.log_batch(self._run, params=[Param(key, _shown(value)) for key, value in _flat(shown)])
        self._outcomes(record)

    def _outcomes(self, record: Plan) -> None:
        """Logs what the record knows of the trained network as figures, so that charts can have them on an axis."""
        found = {name: float(value) for name, value in dict(record).items() if name in OUTCOMES}
        self.metrics(found, step=0, now=time.time())

    def _create(self, run: str, origin: str) -> None:
        """Creates a run, tagged with the benchmark that it is of: a DVC experiment, or the workspace at a commit.

        MLflow could nest it under a run of the benchmark. Its page then shows that one run, folded and without a chart.
        """
        commit = _git("rev-parse", "HEAD")
        name = os.environ.get("DVC_EXP_NAME", "")
        stage = os.environ.get("DVC_STAGE", "")
        tags = {
            "mlflow.source.name": f"stages/{stage.split('@')[0]}.py" if stage else "stages",
            "mlflow.source.git.commit": commit,
            "cnnbench.run": run,
            "cnnbench.benchmark": name or f"workspace {commit[:8]}".strip(),
            "cnnbench.origin": origin,
            "dvc.exp_name": name,
            "dvc.exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV", ""),
            "dvc.stage": stage,
            "git.changed": "yes" if _git("status", "--porcelain", "--", "src", "stages", "params.yaml") else "no",
        }
        known = {key: value for key, value in tags.items() if value}
        self._run = self.client.create_run(self._experiment, tags=known, run_name=run).info.run_id


def _sha256(path: Path) -> str:
    """Of a file; empty where there is none."""
    return files.sha256(path) if path.is_file() else ""


def _git(*arguments: str) -> str:
    """What git prints; nothing where there is no repository or no commit yet."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else ""


def _shown(value: Any) -> str:
    """As MLflow is to show it: the one sequence that is logged, a shape, as 28x28x1."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
