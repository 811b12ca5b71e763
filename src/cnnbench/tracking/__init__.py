"""MLflow: the one place for times, devices, hosts and run ids, none of which may enter a file that DVC tracks.

A stage talks to MLflow through a `Tracker`: a process of its own that reads events from a pipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup

if TYPE_CHECKING:
    from cnnbench.metrics.intervals.bootstrap import Estimate
    from cnnbench.runs.record import Plan, TrainingRecord

_FAILED = "Expected MLflow to take this run's figures, received the error above."


class Tracker:
    """One MLflow run, open for writing while the `with` block lasts; FAILED if the block raises.

    Open it before anything slow, and call `start_training` or `start_evaluation` once.
    """

    def __enter__(self) -> Self:
        """Starts the process, which begins to import MLflow."""
        # A process of its own: MLflow's import, two seconds, passes beside TensorFlow's.
        command = [sys.executable, "-m", "cnnbench.tracking"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, encoding="utf-8")  # noqa: S603
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._pipe = self._process.stdin
        self._started = time.time()
        return self

    def start_training(self, plan: Plan, settings: Mapping[str, str | int]) -> None:
        """Creates the MLflow run of a training; `settings` of its process become parameters: device, threads, ..."""
        self._send("start_training", record=plan.model_dump_json(), settings=dict(settings))

    def start_evaluation(self, training: TrainingRecord, model_sha256: str) -> None:
        """Reopens the MLflow run of the training that made the model, known by the SHA-256 of its file.

        Where DVC took the model from its cache there is none; one is made, so that no result goes without.
        """
        self._send("start_evaluation", record=training.model_dump_json(), model_sha256=model_sha256)

    def log_metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Logs the values of one step, without those that are NaN."""
        # The time here: over there MLflow may still be importing.
        self._send("log_metrics", values=values, step=step, now=time.time())

    def log_test_metrics(self, estimates: Mapping[str, Estimate]) -> None:
        """Logs the metrics on the test examples."""
        self.log_metrics(lookup.add_prefix({name: estimate.value for name, estimate in estimates.items()}))

    def log_epoch(self, row: Mapping[str, float]) -> None:
        """Logs a row of the history."""
        self.log_metrics({key: value for key, value in row.items() if key != "epoch"}, step=int(row["epoch"]))

    def finish_training(self, data_sha256: str, model_sha256: str) -> None:
        """Links the run to its data and model; takes over the test metrics of an earlier run with the same model.

        Args:
            data_sha256: Hash of `records.json`, which holds the hashes of the shards.
            model_sha256: Hash of `model.keras`.
        """
        self._send("finish_training", data_sha256=data_sha256, model_sha256=model_sha256)

    def log_artifacts(self, folder: Path) -> None:
        """Copies a folder's files into the store."""
        self._send("log_artifacts", folder=str(folder))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the run and waits until MLflow has everything."""
        try:
            if kind is None:
                # without this event the other process marks the run FAILED
                self._send("end", seconds=time.time() - self._started)
        finally:
            with suppress(BrokenPipeError):  # a dead process leaves unread bytes, which closing tries to flush
                self._pipe.close()
            code = self._process.wait()  # the evaluation, which DVC may start next, looks for this run
        if code and kind is None:
            raise UserError(_FAILED)

    def _send(self, event: str, **content: Any) -> None:
        try:
            self._pipe.write(json.dumps({"event": event, **content}) + "\n")
            self._pipe.flush()
        except BrokenPipeError:
            raise UserError(_FAILED) from None
