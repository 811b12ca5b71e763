"""MLflow: the one place for times, devices, hosts and run ids, none of which may enter a file that DVC tracks.

A stage talks to MLflow through a `Tracker`: it writes events to a spool, a file that a process of its own passes on.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup
from cnnbench.runs.record import NO_FIGURES
from cnnbench.tracking import lineage, origin
from cnnbench.tracking.place import Place
from cnnbench.tracking.spool import Spool
from cnnbench.tracking.store_error import StoreError, warn

if TYPE_CHECKING:
    from cnnbench.metrics.intervals.bootstrap import Estimate
    from cnnbench.runs.record import Plan, TrainingRecord

READY = "ready"  # what that process says when it has the store
SETTING = "CNNBENCH_TRACKING"
LATER = "later"
"""With this value a stage leaves its events to `cnnbench track`: a file is no store for many machines."""
TOLD = 3  # exit code of the process that has told its reason itself
PATIENCE = 60.0  # seconds that a stage waits, at its end, for MLflow to have everything
_FAILED_PATIENCE = 5.0  # seconds, for a run without a result
_LEFT: list[subprocess.Popen[bytes]] = []  # processes that end by themselves; a collected one would be complained of


def is_strict() -> bool:
    """Whether CNNBENCH_TRACKING asks that nothing runs without MLflow.

    Raises:
        UserError: It has another value.
    """
    return _setting() == "strict"


def is_left() -> bool:
    """Whether the environment has stages leave their events to `cnnbench track`."""
    return _setting() == LATER


def _setting() -> str:
    value = os.environ.get(SETTING, "")
    if value not in ("", "strict", LATER):
        raise UserError(f"Expected {SETTING}=strict, ={LATER} or no such variable, received {value!r}.")
    return value


class Tracker:
    """One MLflow run, open for writing while the `with` block lasts; FAILED if the block raises.

    Open it before anything slow, and call `start_training`, `start_trial` or `start_evaluation` once. Whatever MLflow
    does, nothing here raises or waits, but for `PATIENCE` at the end: what MLflow has not by then stays in the spool,
    from which the next stage or `cnnbench track` takes it.
    """

    _process: subprocess.Popen[bytes] | None = None
    _spool: Spool | None = None
    _told = False

    def __enter__(self) -> Self:
        """Starts the process, which begins to import MLflow.

        Raises:
            StoreError: There is no store, and CNNBENCH_TRACKING is strict.
            UserError: CNNBENCH_TRACKING has another value.
        """
        strict, self._started = is_strict(), time.time()
        try:
            self._spool = Spool()
            if not is_left():
                self._start_process(self._spool.path, strict)
        except OSError as error:  # no space, no right to write, no memory
            self._tell(f"OSError: {error}")
        if strict and (reason := self._wait_for_store()):
            self.__exit__(StoreError, None, None)
            raise StoreError(reason)
        if self._spool:
            self._send("begin", id=self._spool.path.stem, store=Place.find().name, tags=origin.tags())
        return self

    def _start_process(self, spool: Path, strict: bool) -> None:
        # A process of its own: MLflow's import, two seconds, passes beside TensorFlow's. In a session of its own:
        # what ends the stage's group leaves it the time to end the run.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "cnnbench.tracking", str(spool)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if strict else subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        os.set_blocking(self._process.stdin.fileno(), False)

    def start_training(self, plan: Plan, settings: Mapping[str, str | int]) -> None:
        """Creates the MLflow run of a training; `settings` of its process become parameters: device, threads, ..."""
        self._start("training", plan, settings={**settings, "versions": origin.versions()})

    def start_trial(self, plan: Plan, settings: Mapping[str, str | int], study: str, number: int) -> None:
        """Creates the MLflow run of a trial of `cnnbench tune`, or reopens it where an earlier process was killed.

        Args:
            plan: Of the run, with the recipe of the trial.
            settings: As of a training.
            study: Of the trials that belong together.
            number: Of the trial.
        """
        known = {**settings, "versions": origin.versions()}
        self._start("trial", plan, settings=known, study=study, number=number)

    def finish_trial(self, state: str, figures: Mapping[str, float | None]) -> None:
        """Logs what a trial came to: complete, pruned or diverged, and its figures on validation data."""
        self.log_metrics({name: value for name, value in figures.items() if value is not None})
        self._send("finish_trial", state=state)

    def start_evaluation(self, training: TrainingRecord, model_sha256: str) -> None:
        """Reopens the MLflow run of the training that made the model, known by the SHA-256 of its file.

        Where DVC took the model from its cache there is none; one is made, so that no result goes without.
        """
        records = lineage.records_path(training.dataset)
        data_sha256 = files.sha256(records) if records.is_file() else ""
        self._start("evaluation", training, data_sha256=data_sha256, model=self._model(training.run, model_sha256))

    def log_metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Logs the values of one step, without those that are NaN."""
        self._send("log_metrics", values=dict(values), step=step)

    def log_test_metrics(self, estimates: Mapping[str, Estimate]) -> None:
        """Logs the metrics on the test examples."""
        self.log_metrics(lookup.add_prefix({name: estimate.value for name, estimate in estimates.items()}))

    def log_epoch(self, row: Mapping[str, Any]) -> None:
        """Logs the figures of a row of the history."""
        figures = {key: value for key, value in row.items() if key not in NO_FIGURES}
        self.log_metrics(figures, step=int(row["epoch"]))

    def finish_training(self, data_sha256: str, model_sha256: str) -> None:
        """Links the run to its data and model; takes over the test metrics of an earlier run with the same model.

        Args:
            data_sha256: Hash of `records.json`, which holds the hashes of the shards.
            model_sha256: Hash of `model.keras`.
        """
        self._send("finish_training", data_sha256=data_sha256, model=self._model(self._run, model_sha256))

    def log_artifacts(self, folder: Path, place: str = "") -> None:
        """Copies a folder's files into the store, there into a folder of the run's artifacts."""
        sha256 = lineage.folder_sha256(folder)
        self._send("log_artifacts", folder=str(folder.absolute()), sha256=sha256, place=place)

    def log_beyond(self, folder: Path) -> None:
        """Logs what the network came to on other data, or on corrupted images, from its folder under reports/."""
        from cnnbench.tracking import beyond  # it imports code of results, which no other stage needs

        found = beyond.read(folder)
        self.log_metrics(found.figures)
        self.log_artifacts(found.folder, found.place)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the run and waits a while until MLflow has everything."""
        if kind is None:
            # Without this event the other process marks the run FAILED.
            stage = origin.stage() or "stage"
            self._send("end", seconds={f"{stage}_seconds": time.time() - self._started})
        if self._process:
            # The evaluation, which DVC may start next, looks for this run.
            self._wait(PATIENCE if kind is None else _FAILED_PATIENCE, has_result=kind is None)
        if self._spool:
            self._spool.close()

    def _start(self, event: str, record: Plan, **content: Any) -> None:
        self._run = record.run
        synthetic = lineage.is_synthetic(record)
        self._send(f"start_{event}", record=record.model_dump_json(), synthetic=synthetic, **content)

    def _model(self, run: str, sha256: str) -> dict[str, str]:
        # Here and now: later, or elsewhere, another model may lie at the path.
        return lineage.Model.read(run, sha256).to_json()

    def _send(self, event: str, **content: Any) -> None:
        """Writes an event, and wakes the other process; both are quick, whatever that does."""
        if self._spool is None:
            return
        try:
            # The time here: over there MLflow may still be importing.
            self._spool.write({"event": event, "now": time.time(), **content})
        except OSError as error:  # the disk is full
            self._spool.close()
            self._spool = None
            self._tell(f"OSError: {error}")
            return
        if self._process and self._process.stdin:
            try:
                os.write(self._process.stdin.fileno(), b".")
            except BlockingIOError:  # the pipe is full of earlier ones
                pass
            except BrokenPipeError:
                self._wait(_FAILED_PATIENCE, has_result=True)

    def _wait(self, seconds: float, *, has_result: bool) -> None:
        """Closes the pipe, and waits for the other process to end; kills it, if it does not and has a result.

        Killed, it leaves its spool to the next stage. One whose run has failed is left to say so by itself.
        """
        process, self._process = self._process, None
        assert process is not None  # noqa: S101 - each caller has looked
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            if not has_result:
                _LEFT.append(process)
                return
            process.kill()
            process.wait()
            self._tell(f"no answer within {seconds:.0f} s")
            return
        if code not in (0, TOLD) and has_result:
            self._tell(f"its process ended with {code}")

    def _tell(self, reason: str) -> None:
        if not self._told:
            self._told = True
            warn(reason)

    def _wait_for_store(self) -> str:
        """Waits until the other process has a store; returns why it has none."""
        if not (self._process and self._process.stdout):
            return "no process that talks to it"
        readable, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        line = self._process.stdout.readline().decode().strip() if readable else f"no answer within {PATIENCE:.0f} s"
        return "" if line == READY else line or "no answer"
