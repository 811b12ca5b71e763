"""What travels to an executor: the command of a stage, and how it is run there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PATIENCE = 5.0  # seconds for an earlier try to end, and again once it was killed
_POLL = 0.05  # seconds
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
"""Exit codes of a command that was killed; the second is what a shell makes of the first."""


@dataclass(frozen=True)
class Job:
    """The command of a stage and all that it needs; it can be pickled.

    Attributes:
        name: Of the stage.
        commands: To be run one after another, each with its arguments.
        folder: Where they work.
        environment: All of it.
        log: File for what they print, made anew.
        lock: File that is locked as long as any process of the stage may write.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    folder: str
    environment: Mapping[str, str]
    log: Path
    lock: Path


def run(job: Job) -> int:
    """Runs a job, alone: what an earlier try has left running is ended first.

    Returns:
        The exit code of the first command that failed, as `subprocess` has it; 0 where none did.

    Raises:
        TimeoutError: An earlier try does not end.
    """
    for path in (job.log, job.lock):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(job) as lock, job.log.open("wb") as log:
        for command in job.commands:
            if code := _run(job, command, lock, log):
                return code
    return 0


def _run(job: Job, command: tuple[str, ...], lock: IO[str], log: IO[bytes]) -> int:
    with _started(job, command, lock, log) as process:
        code = process.wait()
    if code in KILLED:
        _kill(process.pid, signal.SIGKILL)  # its children live on
    return code


@contextlib.contextmanager
def _lock(job: Job) -> Iterator[IO[str]]:
    """The lock of a stage, with the process group of its last try in it; children inherit it."""
    with job.lock.open("a+", encoding="utf-8") as file:
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            file.seek(0)
            if number and (group := file.read().strip()):
                _kill(int(group), number)  # whoever holds the lock is of this group, or its child
            if _is_locked(file, _PATIENCE if number else 0):
                yield file
                return
    raise TimeoutError(f"a process of an earlier try of {job.name} still holds {job.lock}: end it, and run this again")


def _is_locked(file: IO[str], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        else:
            return True


class _Running:
    """The commands that run in this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.processes: set[subprocess.Popen[bytes]] = set()
        self.is_ending = False


_running = _Running()


@contextlib.contextmanager
def _started(job: Job, command: tuple[str, ...], lock: IO[str], log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A started command, in a process group of its own."""
    with _running.lock:
        if _running.is_ending:
            raise InterruptedError(f"{job.name} is not begun any more")
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=job.folder,
            env=dict(job.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a terminal's Ctrl-C reaches us alone, and we end them all
            pass_fds=(lock.fileno(),),
        )
        _running.processes.add(process)
    try:
        lock.truncate(0)
        lock.write(str(process.pid))
        lock.flush()
        yield process
    finally:
        _running.processes.discard(process)


@contextlib.contextmanager
def ended_afterwards(grace: float = 1.5) -> Iterator[None]:
    """Ends all commands of this process, with their children, where the block is left before they have ended."""
    _running.is_ending = False
    try:
        yield
    finally:
        with _running.lock:
            _running.is_ending = True
            left = list(_running.processes)
        for process in left:
            _kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while _running.processes and time.monotonic() < deadline:
            time.sleep(_POLL)
        for process in left:
            _kill(process.pid, signal.SIGKILL)


def _kill(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
