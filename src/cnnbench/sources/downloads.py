"""Archives that come from outside: checked for room and content, copied aside and renamed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnbench import files
from cnnbench.errors import UserError
from cnnbench.progress import bar

_CHUNK = 2**22


@contextmanager
def kaggle(slug: str, name: str, raw: Path, archives: Path | None, sha256: str | None) -> Iterator[Path]:
    """Brings a Kaggle archive to `raw`, from the user's folder or from Kaggle.

    Args:
        slug: Owner and name of the data set.
        name: File name of the archive.
        raw: Where it is to lie.
        archives: The user's folder of archives downloaded by hand; None where there is none.
        sha256: What the archive is expected to be; None takes it as it is.

    Yields:
        The archive beside its place, to be looked at; it takes its place if the block ends without an error.

    Raises:
        UserError: There is no archive, no room, or it is not the one expected.
    """
    found = find(archives, name)
    if found is None:
        raise UserError(
            f"Expected {name} in the folder that `archives:` of params.yaml or the environment variable "
            f"CNNBENCH_ARCHIVES names, received none: download it from the page of {slug} on Kaggle."
        )
    with files.aside(raw / name) as part:
        copy(found, part)
        check(part, name, sha256)
        yield part


def find(archives: Path | None, name: str) -> Path | None:
    """A file in the user's folder of archives, at its top or in one of its folders; None where there is none."""
    if archives is None:
        return None
    return next((path for path in (archives / name, *sorted(archives.glob(f"*/{name}"))) if path.is_file()), None)


def copy(source: Path, target: Path) -> None:
    """Copies a file with a progress bar.

    A copy, not a link: DVC makes what it tracks read-only, and the user's file is the user's.

    Raises:
        UserError: There is no room for it.
    """
    size = source.stat().st_size
    target.parent.mkdir(parents=True, exist_ok=True)
    room(target.parent, size)
    with source.open("rb") as reader, target.open("wb") as writer, bar(f"copying {source.name}", size) as advance:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            advance(len(chunk))


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
