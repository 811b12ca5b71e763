"""What travels to an executor: the command of a stage, and how it is run there."""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, NamedTuple

_PATIENCE = 5.0  # seconds for an earlier try to end, and again once it was killed
_LEASE = 120.0  # seconds for one on another machine, which we cannot end; NFS frees a dead machine's locks after 90
_POLL = 0.05  # seconds
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)  # exit codes; the second is what a shell makes of the first


class Input(NamedTuple):
    """What a stage reads, as a clone of the repository finds it.

    Attributes:
        path: From the root of the repository.
        algorithm: Of the hash, as DVC names it.
        hash: Of the content.
        travels: Whether it goes through DVC's remote; else the clone has it.
    """

    path: str
    algorithm: str
    hash: str
    travels: bool


@dataclass(frozen=True)
class Job:
    """The command of a stage and all that it needs; it can be pickled.

    Attributes:
        name: Of the stage.
        commands: To be run one after another, each with its arguments.
        folder: Where they work.
        environment: All of it.
        outputs: What they write, which is removed before.
        log: File for what they print, made anew.
        lock: File that is locked as long as any process of the stage may write.
        inputs: What a clone needs to run it; None where it must run in this repository.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    folder: str
    environment: Mapping[str, str]
    outputs: tuple[str, ...]
    log: Path
    lock: Path
    inputs: tuple[Input, ...] | None = None


class Outcome(NamedTuple):
    """What became of a job.

    Attributes:
        code: The exit code of the first command that failed, as `subprocess` has it; 0 where none did.
        seconds: From the start of the first command on.
        lost: Why it did not end by itself; empty where it did.
        reason: Why it failed, where that is not the exit code.
        brought: Files by their names in the folder of logs and locks, for one without that folder.
    """

    code: int
    seconds: float
    lost: str = ""
    reason: str = ""
    brought: Mapping[str, bytes] = MappingProxyType({})


def run(job: Job) -> Outcome:
    """Runs a job, alone: what an earlier try has left running is ended first, and what it has written removed.

    Raises:
        TimeoutError: An earlier try does not end.
    """
    for path in (job.log, job.lock):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(job) as lock, job.log.open("wb") as log:
        for output in map(Path, job.outputs):
            _remove(output)
        start, code = time.monotonic(), 0
        for command in job.commands:
            if code := _run(job, command, lock, log):
                break
    return Outcome(code, time.monotonic() - start, "its process was killed" if code in _KILLED else "")


def _remove(output: Path) -> None:
    if output.is_dir() and not output.is_symlink():
        shutil.rmtree(output)
    else:
        output.unlink(missing_ok=True)


def _run(job: Job, command: tuple[str, ...], lock: IO[str], log: IO[bytes]) -> int:
    with _started(job, command, lock, log) as process:
        code = process.wait()
    if code in _KILLED:
        _kill(process.pid, signal.SIGKILL)  # its children live on
    return code


@contextlib.contextmanager
def _lock(job: Job) -> Iterator[IO[str]]:
    """The lock of a stage, with machine and process group of its last try in it; children inherit it."""
    with job.lock.open("a+", encoding="utf-8") as file:
        if _is_locked(file, 0):
            yield file
            return
        file.seek(0)
        machine, _, group = file.read().strip().rpartition(" ")
        if machine == platform.node():
            for number in (signal.SIGTERM, signal.SIGKILL):
                _kill(int(group), number)  # whoever holds the lock is of this group, or its child
                if _is_locked(file, _PATIENCE):
                    yield file
                    return
        elif _is_locked(file, _LEASE):
            yield file
            return
    raise TimeoutError(
        f"a process of an earlier try of {job.name} still holds {job.lock}, on {machine or 'some machine'}: "
        "end it, and run this again"
    )


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
    """The commands that run in this process, each with its lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.processes: dict[subprocess.Popen[bytes], Path] = {}
        self.is_ending = False


_running = _Running()


@contextlib.contextmanager
def _started(job: Job, command: tuple[str, ...], lock: IO[str], log: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A started command, in a process group of its own."""
    with _running.lock:
        if _running.is_ending:
            raise InterruptedError(f"{job.name} is not begun any more")
        lock.truncate(0)  # where we are killed now, the next call must not end another group that got this number
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
        _running.processes[process] = job.lock
    try:
        lock.write(f"{platform.node()} {process.pid}")
        lock.flush()
        yield process
    finally:
        _running.processes.pop(process, None)


@contextlib.contextmanager
def ended_afterwards() -> Iterator[None]:
    """Ends all commands of this process, with their children, where the block is left before they have ended."""
    _running.is_ending = False
    try:
        yield
    finally:
        with _running.lock:
            _running.is_ending = True
        end()


def end(folder: Path | None = None, grace: float = 1.5) -> None:
    """Ends the commands of this process, with their children.

    Args:
        folder: Of their locks, where those with another go on.
        grace: Seconds to tidy up; then they are killed.
    """
    with _running.lock:
        left = [process for process, lock in _running.processes.items() if folder in (None, lock.parent)]
    for process in left:
        _kill(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(_is_alive(process.pid) for process in left) and time.monotonic() < deadline:
        time.sleep(_POLL)
    for process in left:
        _kill(process.pid, signal.SIGKILL)


def _is_alive(group: int) -> bool:
    """Whether any process of it is left: a shell ends at once, while its child tidies up."""
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def _kill(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
