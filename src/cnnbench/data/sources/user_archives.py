"""Archives that come from outside: looked for in the user's folder, checked for room and content, copied."""

from __future__ import annotations

import shutil
from pathlib import Path

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.progress import bar

_CHUNK = 2**22


def find(archives: Path | None, name: str) -> Path | None:
    """A file in the user's folder of archives, at its top or in one of its folders; None where there is none."""
    if archives is None:
        return None
    return next((path for path in (archives / name, *sorted(archives.glob(f"*/{name}"))) if path.is_file()), None)


def copy(source: Path, target: Path) -> None:
    """Copies a file with a progress bar.

    A copy, not a link: DVC makes what it tracks read-only, and the user's file is the user's.

    Raises:
        UserError: There is no room for it, or it cannot be read.
    """
    size = source.stat().st_size
    target.parent.mkdir(parents=True, exist_ok=True)
    room(target.parent, size)
    try:
        with source.open("rb") as reader, target.open("wb") as writer, bar(f"copying {source.name}", size) as advance:
            while chunk := reader.read(_CHUNK):
                writer.write(chunk)
                advance(len(chunk))
    except OSError as error:
        raise UserError(f"Expected to copy {source}, received {error.strerror or error}.") from None


def room(folder: Path, size: int) -> None:
    """Checks that a disk has room for so many bytes.

    Raises:
        UserError: It has not.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise UserError(
            f"Expected {size / 2**30:,.1f} GiB free on the disk of {folder}, received {free / 2**30:,.1f} GiB: "
            "make room."
        )


def check(path: Path, name: str, sha256: str | None) -> None:
    """Compares a file with the hash that is expected of it.

    Raises:
        UserError: It has another.
    """
    if sha256 is not None and (received := files.sha256(path)) != sha256.lower():
        raise UserError(
            f"Expected {name} with SHA-256 {sha256.lower()}, received {received}: it is cut short or altered, "
            "download it again."
        )
