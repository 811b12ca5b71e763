"""A job on another machine, by way of a file system that all share: how it differs from one here."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from cnnbench.running import job
from cnnbench.running.exchange import Exchange

_BY_SYSTEM = {
    code: f"its machine ended it by {number.name}"
    for number in (signal.SIGTERM, signal.SIGUSR2)
    for code in (-number, 128 + number)
}
"""By exit code: what a scheduler does at a time limit, before a preemption, or when a node is drained."""

_OF_MACHINE = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HOSTNAME", "TMPDIR")
_OF_MACHINE_PREFIX = "SLURM"
# SLURM warns all processes by a signal before the time limit: its own process ends the command then
_DEAF = ("sh", "-c", "trap '' USR2; exec \"$@\"", "sh")


@dataclass(frozen=True)
class Session:
    """One execution of a plan. What an earlier one has left in a queue must not begin any more.

    Attributes:
        path: File that holds the key of the last one.
        key: Of this one.
    """

    path: Path
    key: str

    @classmethod
    @contextmanager
    def opened(cls, folder: Path) -> Iterator[Session]:
        """One that lasts as long as the block, in the repository with this folder."""
        session = cls((folder / "session").absolute(), uuid.uuid4().hex)
        session.path.write_text(session.key, encoding="utf-8")
        try:
            yield session
        finally:
            session.close()

    def close(self) -> None:
        """Ends it."""
        self.path.unlink(missing_ok=True)

    def is_on(self) -> bool:
        """Whether it lasts."""
        try:
            return self.path.read_text(encoding="utf-8") == self.key
        except OSError:
            return False


class Way(Protocol):
    """How jobs get to another machine, and what they have written comes back."""

    @property
    def exchange(self) -> Callable[[Any], Exchange] | None:
        """Makes what passes inputs and results of DVC's repository; None where all see its files."""

    def pack(self, made: job.Job, session: Session) -> Callable[[], job.Outcome]:
        """What runs a job there; it can be pickled."""

    def ender(self, folder: Path, session: Session | None = None) -> Callable[[], None]:
        """What ends all jobs there; it can be pickled.

        Args:
            folder: For logs and locks.
            session: Of which none begins any more.
        """


class SharedFiles:
    """A file system on which all machines have the repository under the same path."""

    exchange = None

    def pack(self, made: job.Job, session: Session) -> Callable[[], job.Outcome]:
        """See `Way`."""
        # the process there works in another folder
        return partial(run, replace(made, log=made.log.absolute(), lock=made.lock.absolute()), session)

    def ender(self, folder: Path, session: Session | None = None) -> Callable[[], None]:
        """See `Way`."""
        del session  # `run` looks for its file
        return partial(job.end, (folder / "locks").absolute())


def run(made: job.Job, session: Session) -> job.Outcome:
    """Runs a job on the machine of this process.

    Raises:
        InterruptedError: The session has ended.
        FileNotFoundError: The repository is not here.
    """
    if not Path(made.folder).is_dir():
        raise FileNotFoundError(
            f"{made.folder} is not on {os.uname().nodename}: share its file system, or say --clones"
        )
    if not session.is_on():
        raise InterruptedError(f"{made.name} is not begun any more: the cnnbench bench that asked for it has ended")
    return run_apart(replace(made, environment=_settle(made.environment, os.environ)))


def run_apart(made: job.Job) -> job.Outcome:
    """Runs a job that the machine's scheduler may end, and tells that from one that failed."""
    outcome = job.run(replace(made, commands=tuple((*_DEAF, *one) for one in made.commands)))
    return outcome._replace(lost=outcome.lost or _BY_SYSTEM.get(outcome.code, ""))


def _settle(given: Mapping[str, str], here: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, but for what is the machine's own: its GPUs, say."""

    def is_own(name: str) -> bool:
        return name in _OF_MACHINE or name.startswith(_OF_MACHINE_PREFIX)

    return {name: value for name, value in given.items() if not is_own(name)} | {
        name: value for name, value in here.items() if is_own(name)
    }
