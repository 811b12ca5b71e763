"""MLflow: the one place for times, devices, hosts and run ids, none of which may enter a file that DVC tracks.

A stage talks to MLflow through a `Tracker`: a process of its own that reads events from a pipe. Importing MLflow takes
two seconds, which so pass beside TensorFlow's import; and when a training is killed, the pipe ends, and its MLflow run
is marked FAILED rather than left RUNNING for good.
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

if TYPE_CHECKING:
    from cnnbench.runs.record import Plan, TrainingRecord

_FAILED = "Expected MLflow to take this run's figures, received the error above."


class Tracker:
    """One MLflow run, open for writing while the `with` block lasts; FAILED if the block raises.

    Open it before anything slow, and call `training` or `evaluation` once.
    """

    def __enter__(self) -> Self:
        """Starts the process, which begins to import MLflow."""
        command = [sys.executable, "-m", "cnnbench.tracking"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, encoding="utf-8")  # noqa: S603
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._pipe = self._process.stdin
        self._started = time.time()
        return self

    def training(self, plan: Plan, threads: int, device: str) -> None:
        """Creates the MLflow run of a training.

        Args:
            plan: What is known before the first epoch.
            threads: Of the processor.
            device: What it is trained on.
        """
        self._send("training", record=plan.model_dump_json(), threads=threads, device=device)

    def evaluation(self, training: TrainingRecord, model_sha256: str) -> None:
        """Reopens the MLflow run whose training made the model.

        Where there is none, since DVC took the model from its cache, a run is made, so that no result goes without one.

        Args:
            training: What to log if a run has to be made.
            model_sha256: Of `model.keras`.
        """
        self._send("evaluation", record=training.model_dump_json(), model_sha256=model_sha256)

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Logs figures of one step; those that are not defined are left out."""
        self._send("metrics", values=values, step=step, now=time.time())

    def tested(self, estimates: Mapping[str, Estimate]) -> None:
        """Logs the metrics on the test examples."""
        self.metrics(lookup.add_prefix({name: estimate.value for name, estimate in estimates.items()}))

    def epoch(self, row: Mapping[str, float]) -> None:
        """Logs a row of the history."""
        self.metrics({key: value for key, value in row.items() if key != "epoch"}, step=int(row["epoch"]))

    def trained(self, data_sha256: str, model_sha256: str) -> None:
        """Ties the run to its data and model; takes over the test metrics of an earlier run that made the same model.

        Args:
            data_sha256: Of `records.json`, which holds the hashes of the shards.
            model_sha256: Of `model.keras`.
        """
        self._send("trained", data_sha256=data_sha256, model_sha256=model_sha256)

    def artifacts(self, folder: Path) -> None:
        """Copies a folder's files into the store."""
        self._send("artifacts", folder=str(folder))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the run and waits until MLflow has everything."""
        try:
            if kind is None:
                self._send("end", seconds=time.time() - self._started)
        finally:
            with suppress(BrokenPipeError):  # what a dead process left unread in the pipe
                self._pipe.close()
            code = self._process.wait()
        if code and kind is None:
            raise UserError(_FAILED)

    def _send(self, event: str, **content: Any) -> None:
        try:
            self._pipe.write(json.dumps({"event": event, **content}) + "\n")
            self._pipe.flush()
        except BrokenPipeError:
            raise UserError(_FAILED) from None
