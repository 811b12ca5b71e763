"""Copies of a stage's checkpoints in DVC's remote: where its machine is lost, another goes on from them.

They lie in `cnnbench/checkpoints/<key>/<time>.<name>`. The key is that of DVC's run cache, a hash of command, inputs
and parameters: who runs the same stage finds them, and nobody else. The name is the stage's own, which tells by it what
else must fit: libraries, device, threads. The time is that of writing.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from cnnbench.core.errors import UserError
from cnnbench.running.remote_files import FOLDER, ExchangeError, RemoteFiles, errors

EVERY = "CNNBENCH_CHECKPOINT_SECONDS"
"""Environment variable of a worker: the time between two copies, at least; 60 seconds by default."""
_SHARE = 10  # times as long as a copy took, at least, until the next


class _Copy(NamedTuple):
    time: int  # in nanoseconds
    name: str
    path: str


class CheckpointCopies:
    """The copies of one stage's checkpoints.

    Args:
        remote: Where they are.
        key: Of the stage with its inputs and parameters.
        folder: In which the stage keeps its checkpoints, files that are replaced as a whole.
    """

    def __init__(self, remote: RemoteFiles, key: str, folder: Path) -> None:
        self._remote, self._folder = remote, folder
        self._place = remote.path(FOLDER, "checkpoints", key)
        self._every, self._next = 0.0, 0.0
        self._known: dict[str, int] = {}  # times of writing

    def fetch(self) -> None:
        """Gets the newest, where what is here is older.

        Raises:
            ExchangeError: The remote does not answer.
            UserError: `EVERY` is no number.
        """
        self._every = _read_seconds()
        with errors("checkpoints from the remote"):
            for copy in {one.name: one for one in self._find()}.values():
                path = self._folder / copy.name
                if _written(path) < copy.time:
                    self._remote.get(copy.path, path)
                    os.utime(path, ns=(copy.time, copy.time))
        self._known = {path.name: _written(path) for path in self._files()}

    def update(self, *, now: bool = False) -> None:
        """Copies what is new here, unless the last time is a short while ago; trouble with it is a printed line.

        Args:
            now: However short.
        """
        begun = time.monotonic()
        if begun < self._next and not now:
            return
        for path in self._files():
            written = _written(path)
            if written != self._known.get(path.name, 0):
                try:
                    self._copy(path, written)
                # the stage has just replaced or removed it, or the remote is away: the training goes on without
                except ExchangeError as error:
                    print(error, flush=True)
                taken = time.monotonic() - begun
                self._next = begun + max(self._every, _SHARE * taken)

    def remove(self) -> None:
        """Removes all, once the stage's result is safe; trouble with it is a printed line."""
        try:
            with errors("the removal of checkpoints to the remote"):
                if self._remote.exists(self._place):
                    self._remote.remove(self._place)
        except ExchangeError as error:
            print(error, flush=True)

    def _copy(self, path: Path, written: int) -> None:
        with errors(f"{path.name} to the remote"):
            earlier = [copy for copy in self._find() if copy.name == path.name]
            # the clock of the machine that wrote the last one may be ahead
            newest = max([written, *(copy.time + 1 for copy in earlier)])
            self._remote.put(path, self._remote.join(self._place, f"{newest}.{path.name}"))
            self._known[path.name] = written
            for copy in earlier:
                self._remote.remove(copy.path)

    def _find(self) -> list[_Copy]:
        named = (
            (re.fullmatch(r"(\d+)\.(.+)", self._remote.name(path)), path) for path in self._remote.find(self._place)
        )
        return sorted(_Copy(int(match[1]), match[2], path) for match, path in named if match)

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("[!.]*") if path.is_file())


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _read_seconds() -> float:
    given = os.environ.get(EVERY, "60")
    try:
        return float(given)
    except ValueError:
        raise UserError(f"Expected a number of seconds in {EVERY}, received {given!r}.") from None
