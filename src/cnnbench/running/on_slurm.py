"""The commands as jobs of SLURM, by submitit."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError
from cnnbench.running import job, remote
from cnnbench.running.engine import Submit

_SLOW = 15.0  # seconds for a file of another machine to show
_POLL = 0.5  # seconds between two looks at the jobs
_GRACE = 30.0  # seconds for a command to end before the time limit; SLURM warns 90 before
_LIMITS = 50  # how often a stage may reach the time limit; each time it goes on from its checkpoint
_HIDDEN = 0o700  # the jobs hold the caller's environment, which may have passwords


class Command:
    """What submitit calls: a job, which is begun again where it was cut off."""

    def __call__(self, run: Callable[[], job.Outcome]) -> job.Outcome:
        """Runs the job, in a thread: the warning before a time limit must not come while it holds a lock."""
        with ThreadPoolExecutor(1) as executor, job.ended_afterwards():
            return executor.submit(run).result()

    def checkpoint(self, run: Callable[[], job.Outcome]) -> Any:
        """Is called before the time limit: ends the command; what is returned goes into the queue."""
        from submitit.helpers import DelayedSubmission

        job.end(grace=_GRACE)
        return DelayedSubmission(self, run)


class Slurm:
    """The queue of a SLURM cluster.

    Args:
        count: Of jobs in the queue at once.
        cluster: slurm; local for processes of this machine that play it.
        parameters: As submitit's `update_parameters` takes them.
        way: Of the jobs to the nodes.

    Raises:
        UserError: There is no submitit, no SLURM, or it has no such parameter.
    """

    gpus: Sequence[str] = ()  # SLURM gives each job its own

    def __init__(self, count: int, cluster: str, parameters: Mapping[str, Any], way: remote.Way | None = None) -> None:
        self.way = way or remote.SharedFiles()
        try:
            import submitit
        except ImportError as error:
            raise UserError(
                f"Expected the package submitit for --slurm, received: {error}; `pip install 'cnnbench[slurm]'`."
            ) from None
        self.count, self._cluster, self._parameters = count, cluster, dict(parameters)
        self._submitit = submitit

    @contextmanager
    def started(self, folder: Path, session: remote.Session) -> Iterator[Submit]:
        """See `Engine`."""
        place = (folder / "slurm").absolute()
        place.mkdir(mode=_HIDDEN, parents=True, exist_ok=True)
        executor = self._executor(place)
        self._cancel_left(place)
        jobs = _Jobs(patience=0 if self._cluster == "local" else _SLOW)

        def submit(made: job.Job) -> Future[job.Outcome]:
            future: Future[job.Outcome] = Future()
            try:
                jobs.add(executor.submit(Command(), self.way.pack(made, session)), future)
            except Exception as error:  # sbatch refuses, or does not answer
                future.set_exception(error)
            return future

        try:
            yield submit
        finally:
            session.close()  # what waits in the queue does not begin any more
            jobs.end()

    def _executor(self, place: Path) -> Any:
        try:
            executor = self._submitit.AutoExecutor(
                place, cluster=self._cluster, **{f"{self._cluster}_max_num_timeout": _LIMITS}
            )
            executor.update_parameters(**self._parameters)
        except (RuntimeError, ValueError, TypeError, NameError) as error:
            raise UserError(
                f"Expected SLURM on this machine and parameters that it has, received: {' '.join(str(error).split())}: "
                "run this where sbatch works, or say --slurm local."
            ) from None
        return executor

    def _cancel_left(self, place: Path) -> None:
        """Cancels the jobs of a call that was killed."""
        for path in place.glob("*_submitted.pkl"):
            number = re.match(r"\d+", path.name)
            if number and self._cluster == "slurm":
                self._submitit.SlurmJob(place, number[0]).cancel(check=False)
            path.unlink(missing_ok=True)


class _Jobs:
    """Jobs on their way, and the thread that looks after them.

    Args:
        patience: Seconds until what another machine has written shows here.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._futures: dict[Any, Future[job.Outcome]] = {}
        self._ends: dict[Any, float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def add(self, submitted: Any, future: Future[job.Outcome]) -> None:
        with self._lock:
            self._futures[submitted] = future

    def end(self) -> None:
        self._ended.set()
        self._thread.join()
        for submitted in self._futures:
            with suppress(Exception):  # others are to be cancelled, whatever becomes of this one
                submitted.cancel(check=False)
            _clear(submitted)

    def _watch(self) -> None:
        while not self._ended.wait(_POLL):
            with self._lock:
                futures = dict(self._futures)
            for submitted, future in futures.items():
                if self._is_over(submitted):
                    _settle(submitted, future)
                    with self._lock:
                        del self._futures[submitted]

    def _is_over(self, submitted: Any) -> bool:
        if submitted.paths.result_pickle.exists():
            return True
        if not submitted.done():
            return False
        return time.monotonic() - self._ends.setdefault(submitted, time.monotonic()) >= self._patience


def _settle(submitted: Any, future: Future[job.Outcome]) -> None:
    """Gives the future what became of a job."""
    try:
        if not submitted.paths.result_pickle.exists():
            raise ConnectionError(f"job {submitted.job_id} ended without a result, in state {submitted.state}")
        if error := submitted.exception():
            # submitit has the traceback in the middle of its message
            raise ConnectionError(str(error).split("-" * 22)[1].strip().splitlines()[-1])
        future.set_result(submitted.result())
    except Exception as error:
        future.set_exception(error)
    _clear(submitted)


def _clear(submitted: Any) -> None:
    """Removes what a job needs no more: it holds the caller's environment."""
    for path in (submitted.paths.submitted_pickle, submitted.paths.result_pickle):
        path.unlink(missing_ok=True)
