"""Where commands run: here, in threads; elsewhere by `on_dask` and `on_slurm`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from cnnbench.running import job
from cnnbench.running.remote import Session, Way

Submit = Callable[[job.Job], Future[job.Outcome]]
"""Hands a job to an executor. What the future raises means that the job was lost, and not that it failed."""


class Engine(Protocol):
    """What runs commands.

    Attributes:
        count: How many at once.
        gpus: As CUDA_VISIBLE_DEVICES names them, for the commands in turn; none where others see to that.
    """

    count: int
    gpus: Sequence[str]

    @property
    def way(self) -> Way | None:
        """Of the jobs to other machines; None where they run here."""

    def started(self, folder: Path, session: Session) -> AbstractContextManager[Submit]:
        """Where the block is left, what still runs is ended.

        Args:
            folder: Of the repository, for what the engine has to keep.
            session: With which the jobs end.
        """


class Here:
    """This machine."""

    way = None

    def __init__(self, count: int, gpus: Sequence[str] = ()) -> None:
        self.count, self.gpus = count, gpus

    @contextmanager
    def started(self, folder: Path, session: Session) -> Iterator[Submit]:
        """See `Engine`."""
        del folder, session
        with ThreadPoolExecutor(self.count) as executor, job.ended_afterwards():
            yield lambda made: executor.submit(job.run, made)
