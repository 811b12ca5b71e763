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
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.paths import repository
from cnnbench.metrics import lookup
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import OUTCOMES, Plan, TrainingRecord
from cnnbench.tracking import lineage
from cnnbench.tracking.lineage import Model

EXPERIMENT = "cnnbench"
_PACKAGES = ("cnnbench", "tensorflow", "keras", "numpy", "dvc")
_KEYS = ("seed", "recipe.")  # params that tell one row from another, beside its model
_DATA = "cnnbench.data_sha256"  # tag with the hash of `records.json`
_BATCH = 1000  # the most metrics that MLflow takes in one call
_TOO_LONG = {"classes", "counts", "published_recipe", "changed"}  # for a table of settings; the note has the last
_SETTINGS = [*(name for name in Plan.model_fields if name not in _TOO_LONG), "threshold"]


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns whatever MLflow, its database or the network raises in the block into a `UserError` of one line."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # MLflow, SQLAlchemy and the network share no base class
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"Expected a working MLflow store, received {type(error).__name__}: {reason}; see MLFLOW_TRACKING_URI."
        ) from None


class Store:
    """The store, and the one run in it that is open for writing.

    The methods from `start_training` to `end` are the events of a `Tracker`.

    Attributes:
        client: MLflow's, of this store.
        lock: To be held while making something that must exist once.
    """

    def __init__(self) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # MLflow imports GitPython, which complains where there is no git.
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        gc.disable()  # the import makes many objects and no garbage; it is faster without collections
        from mlflow import MlflowClient

        gc.enable()
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        home = repository()
        # An absolute path: MLflow's own default follows the working directory.
        uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'mlflow.db'}"
        self._run = ""
        self._was_finished = False  # an evaluation, too, writes into a training's run, which may have ended well
        # Beside the database: whoever shares that shares the lock.
        beside = Path(uri.removeprefix("sqlite:///")).parent if uri.startswith("sqlite:///") else home
        self.lock = FileLock(beside / ".mlflow.lock")
        with self.lock:  # two processes that create the database at once break it for good
            self.client = MlflowClient(uri)
            if experiment := self.client.get_experiment_by_name(EXPERIMENT):
                self._experiment = str(experiment.experiment_id)
            else:  # a server has a place of its own for artifacts
                # by default they lie in the working directory of whoever comes first, for good
                place = (home / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
                kind = {"mlflow.experimentKind": "custom_model_development"}  # so the UI opens on runs, not on chats
                self._experiment = self.client.create_experiment(EXPERIMENT, place, kind)

    def start_training(self, record: Plan, settings: Mapping[str, Any]) -> None:
        """Creates a run with its parameters; `settings` are those of the process: device, threads, precision, ..."""
        self._create(record.run, "training")
        versions = {name: version(name) for name in _PACKAGES}
        versions |= {"python": platform.python_version()}
        self._record = record
        self._log_settings(record, **settings, versions=versions)

    def start_evaluation(self, record: TrainingRecord, model_sha256: str) -> None:
        """Finds the run that trained the model, in this DVC experiment if it can be, or creates one."""
        experiment = os.environ.get("DVC_EXP_NAME", "")
        runs = self.find_model_runs(record.run, model_sha256)
        # Several experiments may have trained the same model.
        here = [run for run in runs if run.data.tags.get("dvc.exp_name", "") == experiment]
        if runs := here or runs:
            self._run = runs[0].info.run_id
            self._was_finished = runs[0].info.status == "FINISHED"
            self._log_inputs(record, runs[0].data.tags.get(_DATA, ""), ["test"])
            self._log_outcomes(record)
            return
        self._create(record.run, "dvc cache")
        self._log_settings(record)
        records = lineage.records_path(record.dataset)
        data_sha256 = files.sha256(records) if records.is_file() else ""
        self._link(record, data_sha256, Model.read(record.run, model_sha256))

    def finish_training(self, data_sha256: str, model_sha256: str) -> None:
        """Links the run to its data and model."""
        parts = ["train", "val"]
        # If an earlier training made the same model, DVC does not evaluate again: its test metrics are this run's too.
        for run in self.find_model_runs(self._record.run, model_sha256):
            test_metrics = {
                key: value for key, value in run.data.metrics.items() if key.startswith((lookup.TRACKED, *OUTCOMES))
            }
            if test_metrics:
                self.log_metrics(test_metrics)
                parts.append("test")
                break
        self._link(self._record, data_sha256, Model.read(self._record.run, model_sha256), parts)

    def log_metrics(self, values: Mapping[str, float], step: int = 0, now: float | None = None) -> None:
        """Logs the values of one step, without those that are NaN; `now` is in seconds since 1970."""
        from mlflow.entities import Metric

        stamp = int((now or time.time()) * 1000)
        defined = [Metric(key, value, stamp, step) for key, value in values.items() if not math.isnan(value)]
        # one call: log_metric costs about 10 ms for each value
        self.client.log_batch(self._run, metrics=defined)

    def log_artifacts(self, folder: str) -> None:
        """Copies a folder's files."""
        self.client.log_artifacts(self._run, folder)

    def end(self, seconds: float) -> None:
        """Closes the run as finished."""
        stage = os.environ.get("DVC_STAGE", "stage").split("@")[0]  # DVC calls an item of foreach train@<run>
        self.client.log_metric(self._run, f"{stage}_seconds", seconds)
        self._finish()

    def add_run(self, result: RunResult, model: Model, data_sha256: str) -> None:
        """Makes a run for a row of the leaderboard whose results came out of DVC's cache."""
        self._create(result.run, "dvc cache")
        try:
            self._log_settings(result)
            self._log_history(result)
            self._log_test_results(result)
            # last: without its tags the next call finds no run and makes it anew
            self._link(result, data_sha256, model)
        except BaseException:
            self.close()
            raise
        self._finish()

    def complete_run(self, run_id: str, result: RunResult, data_sha256: str) -> None:
        """Gives the run that trained a row's model the test results that came out of DVC's cache."""
        self._run = run_id
        self._log_test_results(result)
        self._log_inputs(result, data_sha256, ["test"])
        self._run = ""

    def find_row_runs(self, result: RunResult, model: Model, data_sha256: str) -> list[Any]:
        """The MLflow runs of a row, latest first: those with its name and model, and no other data, recipe or seed."""
        own = {key: str(value) for key, value in _flatten(result.model_dump(include={"seed", "recipe"}))}
        return [
            run
            for run in self.find_model_runs(result.run, model.sha256)
            if all(own.get(key) == value for key, value in run.data.params.items() if key.startswith(_KEYS))
            and run.data.tags.get(_DATA, data_sha256) in (data_sha256, "")
        ]

    def close(self) -> None:
        """Marks a run that was never ended as failed; an evaluation that fails leaves a training that did not."""
        if self._run and not self._was_finished:
            self.client.set_terminated(self._run, "FAILED")

    def find_model_runs(self, run: str, model_sha256: str) -> list[Any]:
        """MLflow runs that made or evaluated this model, latest first."""
        # Backticks, since the names of the tags have a dot.
        query = f"tags.`cnnbench.run` = '{run}' and tags.`cnnbench.model_sha256` = '{model_sha256}'"
        return list(self.client.search_runs([self._experiment], query, order_by=["attributes.start_time DESC"]))

    def _finish(self) -> None:
        self.client.set_terminated(self._run, "FINISHED")
        self._run = ""

    def _link(
        self, record: Plan, data_sha256: str, model: Model, parts: Sequence[str] = tuple(lineage.CONTEXTS)
    ) -> None:
        """Links the run to its model by tags, and to parts of its data set by tags and inputs; and describes both."""
        from mlflow.entities import RunTag

        synthetic = "yes" if lineage.is_synthetic(record) else "no"
        tags = {_DATA: data_sha256, "cnnbench.synthetic": synthetic, "mlflow.note.content": lineage.note(record, model)}
        tags = {key: value for key, value in tags.items() if value} | model.tags()
        self.client.log_batch(self._run, tags=[RunTag(key, value) for key, value in tags.items()])
        self._log_inputs(record, data_sha256, parts)

    def _log_inputs(self, record: Plan, data_sha256: str, parts: Sequence[str]) -> None:
        """Logs parts of the data set as inputs of the run."""
        # MLflow ignores a part that is logged already.
        self.client.log_inputs(self._run, lineage.inputs(record, data_sha256, parts))

    def _log_test_results(self, result: RunResult) -> None:
        values = {name: estimate.value for name, estimate in result.metrics.items()}
        self.log_metrics(lookup.add_prefix(values))
        self.log_artifacts(str(result.folder))

    def _log_history(self, result: RunResult) -> None:
        from mlflow.entities import Metric

        stamp = int(time.time() * 1000)  # one for all: when each epoch ended is not known
        points = [
            Metric(key, float(cell), stamp, int(row["epoch"]))
            for row in result.history
            for key, cell in row.items()
            if key != "epoch" and not math.isnan(float(cell or "nan"))
        ]
        for start in range(0, len(points), _BATCH):
            self.client.log_batch(self._run, metrics=points[start : start + _BATCH])

    def _log_settings(self, record: Plan, **more: Any) -> None:
        """Logs the settings of a run as parameters, and its outcomes as metrics."""
        from mlflow.entities import Param

        known = record.model_dump()
        settings = {name: known[name] for name in _SETTINGS if known.get(name) is not None} | more
        self.client.log_batch(self._run, params=[Param(key, _format(value)) for key, value in _flatten(settings)])
        self._log_outcomes(record)

    def _log_outcomes(self, record: Plan) -> None:
        """Logs properties of the trained network as metrics."""
        # Metrics, since MLflow's charts have no parameter on an axis.
        outcomes = {name: float(value) for name, value in dict(record).items() if name in OUTCOMES}
        self.log_metrics(outcomes)

    def _create(self, run: str, origin: str) -> None:
        """Creates a run, tagged with its benchmark: a DVC experiment, or the workspace at a commit."""
        commit = _git("rev-parse", "HEAD")
        name = os.environ.get("DVC_EXP_NAME", "")
        stage = os.environ.get("DVC_STAGE", "")
        tags = {
            "mlflow.source.name": f"stages/{stage.split('@')[0]}.py" if stage else "stages",
            "mlflow.source.git.commit": commit,
            "cnnbench.run": run,
            "cnnbench.benchmark": name or f"workspace {commit[:8]}".strip(),
            "cnnbench.origin": origin,
            "dvc.exp_name": name,  # the experiment's commit does not exist yet while its stages run
            "dvc.exp_baseline_rev": os.environ.get("DVC_EXP_BASELINE_REV", ""),
            "dvc.stage": stage,
            # not of the whole tree: the stages' own outputs have changed by now
            "git.changed": "yes" if _git("status", "--porcelain", "--", "src", "stages", "params.yaml") else "no",
        }
        tags = {key: value for key, value in tags.items() if value}
        # Not nested under a run of the benchmark: MLflow's page would show that one, folded and without a chart.
        self._run = self.client.create_run(self._experiment, tags=tags, run_name=run).info.run_id


def _git(*arguments: str) -> str:
    """The output of git; empty where there is no repository or no commit yet."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else ""


def _format(value: Any) -> str:
    """A parameter as text: the one sequence among them, a shape, as 28x28x1."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
