"""Finds a publisher's archive in the user's own folder and checks its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cnnbench.core.errors import UserError
from cnnbench.core.progress import bar
from cnnbench.data.sources.extracted import list_files

_CHUNK = 2**22


def find(archives: Path | None, name: str) -> Path | None:
    """A file in the user's folder of archives or in a folder directly below; None where there is none."""
    if archives is None:
        return None
    # sorted: the order of glob is that of the file system
    return next((path for path in (archives / name, *sorted(archives.glob(f"*/{name}"))) if path.is_file()), None)


def list_zips(archives: Path | None) -> list[Path]:
    """The zip files in the user's folder of archives and in folders below, sorted."""
    if archives is None:
        return []
    return sorted(path for path in list_files(archives) if path.suffix.lower() == ".zip" and path.is_file())


def hash_file(path: Path, name: str, expected: str | None) -> str:
    """The SHA-256 of a file, in hex; shows a bar. Messages call the file `name`.

    Raises:
        UserError: It cannot be read, or has another hash than the one `expected`, if any.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file, bar(f"checking {name}", path.stat().st_size) as advance:
            # by hand rather than with files.sha256, to move the bar
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                advance(len(chunk))
    except OSError as error:
        raise UserError(f"Expected to read {path}, received {error.strerror or error}.") from None
    received = digest.hexdigest()
    # hashes are published in capitals too
    if expected is not None and received != expected.lower():
        raise UserError(
            f"Expected {name} with SHA-256 {expected.lower()}, received {received}: it is cut short or altered, "
            "download it again."
        )
    return received
