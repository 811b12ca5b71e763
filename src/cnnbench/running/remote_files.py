"""Single files in a DVC remote beside its objects, each there whole or not at all, whatever kind of remote it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cnnbench.core import files

FOLDER = "cnnbench"
"""Of what is not DVC's."""


class ExchangeError(Exception):
    """The remote does not answer, refuses, or lacks what should be there."""


class RemoteFiles:
    """The files of a remote.

    Args:
        remote: DVC's.
    """

    def __init__(self, remote: Any) -> None:
        self._fs, self._root = remote.fs, remote.path

    def path(self, *names: str) -> str:
        """The path of a file or folder, from the remote's root."""
        return self.join(self._root, *names)

    def join(self, folder: str, *names: str) -> str:
        """The path of what is in a folder."""
        return str(self._fs.join(folder, *names))

    def name(self, path: str) -> str:
        """The last part of a path."""
        return str(self._fs.name(path))

    def exists(self, path: str) -> bool:
        """Whether there is such a file, or one below such a folder."""
        if hasattr(self._fs.fs, "invalidate_cache"):
            self._fs.fs.invalidate_cache()  # S3's client remembers what was not there
        return bool(self._fs.exists(path))

    def find(self, folder: str) -> list[str]:
        """All that is below a folder, sorted; of one that is not there nothing."""
        return sorted(self._fs.find(folder)) if self.exists(folder) else []

    def put(self, file: Path, path: str) -> None:
        """Puts a file where there is none."""
        from dvc_objects.fs.base import ObjectFileSystem
        from dvc_objects.fs.local import LocalFileSystem

        self._fs.makedirs(self._fs.parent(path), exist_ok=True)
        if isinstance(self._fs, LocalFileSystem | ObjectFileSystem):  # whole by themselves
            self._fs.put_file(str(file), path)
            return
        part = self.path(FOLDER, "parts", uuid.uuid4().hex)
        self._fs.makedirs(self._fs.parent(part), exist_ok=True)
        self._fs.put_file(str(file), part)
        self._fs.mv(part, path)

    def get(self, path: str, file: Path) -> None:
        """Fetches a file."""
        with files.aside(file) as part:
            self._fs.get_file(path, str(part))

    def remove(self, path: str) -> None:
        """Removes a file, or a folder with all that is in it."""
        self._fs.rm(path, recursive=True)


@contextmanager
def errors(what: str) -> Iterator[None]:
    """Whatever a remote's library raises: each cloud has its own."""
    try:
        yield
    except ExchangeError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ExchangeError(f"cannot pass {what}: {reason}") from error
