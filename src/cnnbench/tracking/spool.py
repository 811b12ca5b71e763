"""A stage's events on disk, a JSON object a line, until MLflow has them: what a dead store misses is not lost.

Whoever writes or reads the file of a living stage holds a shared lock on it; who finds it unlocked may take it over.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from cnnbench.core.paths import repository

Event = dict[str, Any]
_SUFFIX = ".jsonl"


def folder() -> Path:
    """The folder of the spools: in the user's repository, since the copy of an experiment is thrown away."""
    return repository() / ".cnnbench" / "tracking"


class Spool:
    """The events of this stage, open for writing.

    Attributes:
        path: Of the file; its stem is unlike any other's, and sorts by time.
    """

    def __init__(self) -> None:
        name = folder() / f"{time.time_ns()}-{os.getpid()}"
        name.parent.mkdir(parents=True, exist_ok=True)
        new, self.path = name.with_suffix(".new"), name.with_suffix(_SUFFIX)
        self._file = new.open("wb")
        fcntl.flock(self._file, fcntl.LOCK_SH)
        new.rename(self.path)  # locked already when others see it

    def write(self, event: Event) -> None:
        """Adds an event."""
        self._file.write(json.dumps(event).encode() + b"\n")
        self._file.flush()  # the other process reads it at once, and it outlives this one

    def close(self) -> None:
        """Leaves the file to whoever comes next."""
        with suppress(OSError):  # of a full disk, again
            self._file.close()


@contextmanager
def following(path: Path) -> Iterator[BinaryIO]:
    """Opens the spool of a living stage for reading."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield file


@contextmanager
def taking_over(path: Path) -> Iterator[BinaryIO | None]:
    """Opens a spool for reading, if it is nobody's any more; else yields None."""
    try:
        file = path.open("rb")
    except FileNotFoundError:  # another was faster
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file if path.exists() else None


def left() -> list[Path]:
    """All spools, oldest first: of living stages, and of those whose events MLflow has not."""
    return sorted(folder().glob(f"*{_SUFFIX}"))


def read(file: BinaryIO) -> Iterator[Event]:
    """The events from here on; not one that is still being written, or never was to its end."""
    while line := file.readline():
        if not line.endswith(b"\n"):
            file.seek(-len(line), os.SEEK_CUR)
            return
        yield json.loads(line)
