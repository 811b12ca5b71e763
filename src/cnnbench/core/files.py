"""Files that are either whole or absent, since they are written aside and then renamed; same content, same bytes."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to, with the same suffix; a missing folder is made.

    It replaces `path` when the block ends without an error, and is removed if the block raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes may write one file at a time; Keras and pandas choose the format by the suffix
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield part
        # a rename within one folder is atomic: a reader finds the old file or the new one
        part.replace(path)
    finally:
        # there is none after the rename, or where the block raised before it wrote
        part.unlink(missing_ok=True)


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
