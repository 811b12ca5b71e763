"""Files that are either whole or absent, since they are written aside and then renamed; same content, same bytes."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnbench.core import refusals
from cnnbench.core.errors import UserError

_unfinished: set[Path] = set()
_swept: set[Path] = set()
_count = itertools.count()


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to, with the same suffix; a missing folder is made.

    It replaces `path` when the block ends without an error, and is removed if the block raises.

    Raises:
        OSError: The system refuses to write, whatever a library makes of that; it names `path`.
    """
    with _unfinished_path(path.parent, path.suffix) as part:
        try:
            # a folder, a file as parent, a name too long or no permission shows before what may be slow
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, "", str(path))
            part.touch()
            yield part
            # a rename within one folder is atomic: a reader finds the old file or the new one
            part.replace(path)
        except UserError:
            raise
        except Exception as error:
            number = getattr(error, "errno", None) or refusals.find_number(error)
            # what concerns another file keeps its name
            if number is None or getattr(error, "filename", None) not in (None, str(part), part):
                raise
            raise OSError(number, os.strerror(number), str(path)) from error


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder in `parent`, removed when the block ends, for what is moved into place from there."""
    with _unfinished_path(parent) as folder:
        folder.mkdir()
        yield folder


@contextmanager
def _unfinished_path(parent: Path, suffix: str = "") -> Iterator[Path]:
    """A path for what is removed when the block ends, or by `discard_unfinished`, or by a later process."""
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    # two processes may write one file at a time; Keras and pandas choose the format by the suffix
    path = parent / f".cnnbench.{os.getpid()}.{next(_count)}.part{suffix}"
    _unfinished.add(path)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        yield path
    finally:
        _remove(path)
        _unfinished.discard(path)
        for folder in missing:
            with suppress(OSError):  # something is in it by now
                folder.rmdir()


def check_folder(folder: Path) -> None:
    """Tries whether files can be written into a folder, before what is slow; nothing is left of it.

    Raises:
        OSError: They cannot.
    """
    with scratch(folder):
        pass


def discard_unfinished() -> None:
    """Removes what this process has begun to write and not finished: to be called before it ends at once."""
    for path in list(_unfinished):
        _remove(path)


def _sweep(folder: Path) -> None:
    """Removes what processes that were killed have left in a folder, once for each folder."""
    if (place := folder.absolute()) in _swept:
        return
    _swept.add(place)
    for path in folder.glob(".cnnbench.*.part*"):
        process = path.name.split(".")[2]
        if process.isdecimal() and not _is_alive(int(process)):
            _remove(path)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and does nothing
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to someone else
        return True
    return True


def _remove(path: Path) -> None:
    """Removes a file or folder where there is one."""
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes `text` as UTF-8 with Unix line ends."""
    with aside(path) as part:
        # Windows would write other line ends, and DVC would see another file
        part.write_text(text, encoding="utf-8", newline="\n")


def json_text(value: Any) -> str:
    """Indented JSON, keys in the order given; NaN and infinity, which JSON lacks, become null."""
    # Python would write NaN, which browsers and other JSON readers refuse
    return json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as `json_text` has it."""
    write_text(path, json_text(value))


def read_json(path: Path) -> Any:
    """Reads a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        # in blocks: weights and archives can be larger than the free memory
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
