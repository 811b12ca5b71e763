"""A job on another machine that has the repository under the same path: how it differs from one here."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cnnbench.running import job

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


def made_absolute(made: job.Job) -> job.Job:
    """The job for a process that works in another folder."""
    return replace(made, log=made.log.absolute(), lock=made.lock.absolute())


def run(made: job.Job, session: Session) -> job.Outcome:
    """Runs a job on the machine of this process.

    Raises:
        InterruptedError: The session has ended.
        FileNotFoundError: The repository is not here.
    """
    if not Path(made.folder).is_dir():
        raise FileNotFoundError(f"{made.folder} is not on {os.uname().nodename}: a shared file system is needed")
    if not session.is_on():
        raise InterruptedError(f"{made.name} is not begun any more: the cnnbench bench that asked for it has ended")
    environment = _settle(made.environment, os.environ)
    outcome = job.run(replace(made, environment=environment, commands=tuple((*_DEAF, *one) for one in made.commands)))
    return outcome._replace(lost=outcome.lost or _BY_SYSTEM.get(outcome.code, ""))


def _settle(given: Mapping[str, str], here: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment, but for what is the machine's own: its GPUs, say."""

    def is_own(name: str) -> bool:
        return name in _OF_MACHINE or name.startswith(_OF_MACHINE_PREFIX)

    return {name: value for name, value in given.items() if not is_own(name)} | {
        name: value for name, value in here.items() if is_own(name)
    }
