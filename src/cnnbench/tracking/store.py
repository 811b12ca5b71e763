"""The MLflow store, and the events of a stage in its words."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cnnbench.metrics import lookup
from cnnbench.results import chance
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import NO_FIGURES, OUTCOMES, Plan, TrainingRecord
from cnnbench.tracking import connection, lineage, names, origin, owner, parameters
from cnnbench.tracking.lineage import Model
from cnnbench.tracking.place import Place

_ID = "cnnbench.id"  # tag with the id of the stage's process that made the run
_KEYS = ("seed", "recipe.")  # params that tell one row from another, beside its model
_DATA = "cnnbench.data_sha256"  # tag with the hash of `records.json`
_RUN, _STUDY, _TRIAL = "cnnbench.run", "cnnbench.study", "cnnbench.trial"  # tags: of a row, or of a trial
BADGES = "cnnbench.badges"  # tag with what stands beside a row's figures
_BATCH = 1000  # the most metrics that MLflow takes in one call
_TOO_LONG = {"classes", "counts", "published_recipe", "changed"}  # for a table of settings; the note has the last
_SETTINGS = [*(name for name in Plan.model_fields if name not in _TOO_LONG), "threshold"]


class Store:
    """The store, and the one run in it that is open for writing.

    The methods from `begin` to `end` are the events of a `Tracker`. Each may come again: twice is as once.

    Attributes:
        place: Where it is.
        client: MLflow's, of this store.
        experiment: The id of MLflow's experiment.
        lock: To be held while making something that must exist once.
        now: The time of the event, in seconds since 1970.
    """

    def __init__(self) -> None:
        self.place = Place.find()
        self.lock = connection.lock(self.place)
        with self.lock:
            self.client, self.experiment = connection.connect(self.place)
        self.begin("", "", {})
        self.now = time.time()
        self._end_lost_runs()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection.dispose(self.client)

    def begin(self, id: str, store: str, tags: Mapping[str, str]) -> None:  # noqa: A002, ARG002 - as the event has it
        """Takes the next stage: by its id its run is found again, and `tags` are those of a run that it makes."""
        self._id, self._tags = id, dict(tags)
        self._run, self._name = "", ""
        self._has_ended = self._had_finished = False
        self._end = 0  # when the training ended that made a run which is reopened, in milliseconds since 1970
        self._points: list[Any] = []

    def start_training(self, record: Plan, settings: Mapping[str, Any], synthetic: bool) -> None:
        """Creates a run with its parameters; `settings` are those of the process: device, threads, precision, ..."""
        self._record, self._synthetic, self._name = record, synthetic, record.run
        if not self._find_own():
            self.create(record.run, "training", {_RUN: record.run})
        self._log_settings(record, **settings)

    def start_trial(self, record: Plan, settings: Mapping[str, Any], synthetic: bool, study: str, number: int) -> None:
        """Creates the run of a trial of a search, or reopens that of an earlier process."""
        # no run of a row: it leaves no model
        self._record, self._synthetic, self._name = record, synthetic, f"{record.run} trial {number}"
        self._id = f"{study} {number}"
        if not self._find_own():
            self.create(self._name, "trial", {_STUDY: study, _TRIAL: str(number)})
        self._log_settings(record, **settings)

    def finish_trial(self, state: str) -> None:
        """Says what became of a trial."""
        self.client.set_tag(self._run, "cnnbench.trial_state", state)

    def start_evaluation(
        self,
        record: TrainingRecord,
        data_sha256: str,
        model: Mapping[str, str],
        synthetic: bool,
    ) -> None:
        """Finds the run that trained the model, in this DVC experiment if it can be, or creates one."""
        self._synthetic, self._name = synthetic, record.run
        experiment = self._tags.get("dvc.exp_name", "")
        if not self._find_own():
            runs = self.find_model_runs(record.run, model["sha256"])
            # Several experiments may have trained the same model.
            here = [run for run in runs if run.data.tags.get("dvc.exp_name", "") == experiment]
            if runs := here or runs:
                self._run = runs[0].info.run_id
                # An evaluation that fails leaves the training what it was.
                self._had_finished = runs[0].info.status == "FINISHED"
                self._end = runs[0].info.end_time or 0
                self._log_inputs(record, runs[0].data.tags.get(_DATA, ""), ["test"])
                self._log_outcomes(record)
                return
            self.create(record.run, "dvc cache", {_RUN: record.run})
        self._log_settings(record)
        self._link(record, data_sha256, Model.from_json(model))

    def finish_training(self, data_sha256: str, model: Mapping[str, str]) -> None:
        """Links the run to its data and model."""
        parts = ["train", "val"]
        # If an earlier training made the same model, DVC does not evaluate again: its test metrics are this run's too.
        for run in self.find_model_runs(self._record.run, model["sha256"]):
            placed = {names.place(key): value for key, value in run.data.metrics.items()}
            outcomes = {names.place(key) for key in OUTCOMES}
            test_metrics = {key: value for key, value in placed.items() if names.is_test(key) or key in outcomes}
            if test_metrics:
                self.log_metrics(test_metrics)
                parts.append("test")
                break
        self._link(self._record, data_sha256, Model.from_json(model), parts)

    def log_metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Logs the values of one step, without those that are NaN; `flush` sends them."""
        from mlflow.entities import Metric

        stamp = int(self.now * 1000)
        known = {names.place(key): value for key, value in values.items() if not math.isnan(value)}
        self._points += [Metric(key, value, stamp, step) for key, value in known.items()]

    def log_artifacts(self, folder: str, sha256: str = "", place: str = "") -> None:
        """Copies a folder's files, if it still is what it was."""
        path = Path(folder)
        if not sha256 or (path.is_dir() and lineage.folder_sha256(path) == sha256):
            self.client.log_artifacts(self._run, folder, place or None)

    def end(self, seconds: Mapping[str, float]) -> None:
        """Says that the stage has ended well, and how long it took."""
        self.log_metrics(seconds)
        self._has_ended = True

    def flush(self) -> None:
        """Sends the metrics."""
        # Many in one call: a slow store keeps up with any number of epochs.
        for start in range(0, len(self._points) if self._run else 0, _BATCH):
            self.client.log_batch(self._run, metrics=self._points[start : start + _BATCH])
        self._points = []

    def close_run(self) -> str:
        """Marks the run as finished if its stage has ended well, else as failed; returns the run's name if it has."""
        self.flush()
        run, self._run = self._run, ""
        # What comes after a training leaves its times alone: a run lasts as long as its training.
        if run and not self._had_finished:
            self.client.set_terminated(
                run, "FINISHED" if self._has_ended else "FAILED", self._end or int(self.now * 1000)
            )
        return self._name if self._has_ended else ""

    def add_run(self, result: RunResult, model: Model, data_sha256: str) -> None:
        """Makes a run for a row of the leaderboard whose results came out of DVC's cache."""
        self.begin("", "", origin.tags())
        self.now, self._synthetic = time.time(), result.synthetic
        self.create(result.run, "dvc cache", {_RUN: result.run})
        try:
            self._log_settings(result)
            self._log_history(result)
            self._log_test_results(result)
            if said := chance.badges(result):
                self.client.set_tag(self._run, BADGES, said)
            # last: without its tags the next call finds no run and makes it anew
            self._link(result, data_sha256, model)
            self._has_ended = True
        finally:
            self.close_run()

    def complete_run(self, run: Any, result: RunResult, data_sha256: str) -> bool:
        """Gives an MLflow run of a row what it lacks of the row's results; returns whether it lacked any."""
        self.begin("", "", {})
        self.now, self._synthetic = time.time(), result.synthetic
        self._run, lacked = run.info.run_id, False
        if run.data.tags.get(BADGES, "") != (said := chance.badges(result)):
            self.client.set_tag(self._run, BADGES, said)
        epochs = {point.step for point in self.client.get_metric_history(self._run, names.place("loss"))}
        if missing := {int(row["epoch"]) for row in result.history} - epochs:
            self._log_history(result, missing)
            lacked = True
        is_tested = any(map(names.is_test, run.data.metrics))
        if not is_tested or not self.client.list_artifacts(self._run):
            self._log_test_results(result)
            self._log_inputs(result, data_sha256, ["test"])
            lacked = True
        self.flush()
        if run.info.status != "FINISHED":
            # None is now, which is when the training of a killed process did not end
            self.client.set_terminated(self._run, "FINISHED", run.info.end_time or run.info.start_time)
            lacked = True
        self._run = ""
        return lacked

    def find_row_runs(self, result: RunResult, model: Model, data_sha256: str) -> list[Any]:
        """The MLflow runs of a row, latest first: those with its name and model, and no other data, recipe or seed."""
        own = {key: str(value) for key, value in parameters.flatten(result.model_dump(include={"seed", "recipe"}))}
        return [
            run
            for run in self.find_model_runs(result.run, model.sha256)
            if all(own.get(key) == value for key, value in run.data.params.items() if key.startswith(_KEYS))
            and run.data.tags.get(_DATA, data_sha256) in (data_sha256, "")
        ]

    def find_model_runs(self, run: str, model_sha256: str) -> list[Any]:
        """MLflow runs that made or evaluated this model, latest first."""
        # Backticks, since the names of the tags have a dot.
        query = f"tags.`cnnbench.run` = '{run}' and tags.`cnnbench.model_sha256` = '{model_sha256}'"
        return list(self.client.search_runs([self.experiment], query, order_by=["attributes.start_time DESC"]))

    def _end_lost_runs(self) -> None:
        """Marks the runs as failed whose process is gone: nobody else ever will."""
        here = owner.tags()
        query = f"attributes.status = 'RUNNING' and tags.`{owner.HOST}` = '{here[owner.HOST]}'"
        for run in self.client.search_runs([self.experiment], query):
            if owner.is_gone(run.data.tags.get(owner.PROCESS, "")):
                self.client.set_terminated(run.info.run_id, "FAILED")

    def _find_own(self) -> bool:
        """Reopens the run that this stage has made already, if it has."""
        for run in self.client.search_runs([self.experiment], f"tags.`{_ID}` = '{self._id}'"):
            self._run = run.info.run_id
        return bool(self._run)

    def _link(
        self, record: Plan, data_sha256: str, model: Model, parts: Sequence[str] = tuple(lineage.CONTEXTS)
    ) -> None:
        """Links the run to its model by tags, and to parts of its data set by tags and inputs; and describes both."""
        from mlflow.entities import RunTag

        note = lineage.note(record, model, synthetic=self._synthetic)
        synthetic = "yes" if self._synthetic else "no"
        tags = {_DATA: data_sha256, "cnnbench.synthetic": synthetic, "cnnbench.positive_class": record.positive}
        tags["mlflow.note.content"] = note
        tags = {key: value for key, value in tags.items() if value} | model.tags()
        self.client.log_batch(self._run, tags=[RunTag(key, value) for key, value in tags.items()])
        self._log_inputs(record, data_sha256, parts)

    def _log_inputs(self, record: Plan, data_sha256: str, parts: Sequence[str]) -> None:
        """Logs parts of the data set as inputs of the run."""
        # MLflow ignores a part that is logged already.
        self.client.log_inputs(self._run, lineage.inputs(record, data_sha256, parts, synthetic=self._synthetic))

    def _log_test_results(self, result: RunResult) -> None:
        values = {name: estimate.value for name, estimate in result.metrics.items()}
        self.log_metrics(lookup.add_prefix(values))
        self.log_artifacts(str(result.folder))

    def _log_history(self, result: RunResult, epochs: Collection[int] | None = None) -> None:
        """Logs the history, or these epochs of it, with one time for all: when each ended is not known."""
        for row in result.history:
            if epochs is None or int(row["epoch"]) in epochs:
                values = {key: float(cell or "nan") for key, cell in row.items() if key not in NO_FIGURES}
                self.log_metrics(values, int(row["epoch"]))

    def _log_settings(self, record: Plan, **more: Any) -> None:
        """Logs the settings of a run as parameters, and its outcomes as metrics."""
        from mlflow.entities import Param

        known = record.model_dump()
        settings = {name: known[name] for name in _SETTINGS if known.get(name) is not None} | more
        self.client.log_batch(self._run, params=[Param(key, value) for key, value in parameters.texts(settings)])
        self._log_outcomes(record)

    def _log_outcomes(self, record: Plan) -> None:
        """Logs properties of the trained network as metrics."""
        # Metrics, since MLflow's charts have no parameter on an axis.
        outcomes = {
            name: float(value) for name, value in dict(record).items() if name in OUTCOMES and value is not None
        }
        self.log_metrics(outcomes)

    def create(self, name: str, kind: str, identity: Mapping[str, str]) -> str:
        """Creates a run, tagged with what it is and what made it, and opens it; returns its id."""
        tags = {**identity, "cnnbench.origin": kind} | self._tags | owner.tags()
        if experiment := self._tags.get("dvc.exp_name"):
            name = f"{name} ({experiment})"  # or it would bear the name of what it is held against
        if self._id:
            tags[_ID] = self._id
        # Not nested under a run of the benchmark: MLflow's page would show that one, folded and without a chart.
        made = self.client.create_run(self.experiment, int(self.now * 1000), tags=tags, run_name=name)
        self._run = made.info.run_id
        return self._run
