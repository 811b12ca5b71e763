"""Walks a folder of the user's images: what is an image by its content, and what is left out, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cnnbench.data.images import dicom
from cnnbench.data.sources import content

_SYSTEM = frozenset(
    (
        *("__macosx", "@eadir", "#recycle", "#snapshot", "$recycle.bin", "recycler", "system volume information"),
        *("lost+found", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),
    )
)
"""What macOS, Windows, Linux and network storage put into folders, in lower case."""

HIDDEN = "hidden or system"
LOOP = "a link to a folder above it"


class Found(NamedTuple):
    """A file in a folder, or something else that is left out.

    Attributes:
        path: Of the file.
        kind: Its format where it is an image, such as JPEG; empty where it is left out.
        size: In bytes.
        why: Why it is left out: its kind, `HIDDEN`, `LOOP`, or the message of the system where it may not be read.
        refused: Whether the system did not let it be read.
    """

    path: Path
    kind: str = ""
    size: int = 0
    why: str = ""
    refused: bool = False


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or the system's."""
    return name.startswith(".") or name.lower() in _SYSTEM


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted, without hidden ones."""
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if not is_hidden(entry.name) and entry.is_dir())


def walk(folder: Path, above: tuple[tuple[int, int], ...] = ()) -> Iterator[Found]:
    """Yields all in a folder and below, sorted by name; links are followed, since the user has made them.

    A folder that is linked into itself is entered once.
    """
    try:
        about = folder.stat()
        here = (about.st_dev, about.st_ino)
        if here in above:
            yield Found(folder, why=LOOP)
            return
        with os.scandir(folder) as listing:
            # the order of scandir is that of the file system
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield _refusal(folder, error)
        return
    for entry in entries:
        path = Path(entry.path)
        if is_hidden(entry.name):
            yield Found(path, why=HIDDEN)
        elif entry.is_dir():
            yield from walk(path, (*above, here))
        else:
            yield look(path)


def look(path: Path) -> Found:
    """A file by its content; one that bears the name of an image, and begins as no kind, is a damaged image."""
    try:
        size = path.stat().st_size
        head = content.read_head(path)
    except OSError as error:
        return _refusal(path, error)
    extension = path.suffix.lower()
    if extension in (".dcm", ".dicom") and dicom.is_dicom(head):  # maybe without the preamble that tells
        return Found(path, "DICOM", size)
    other = content.other_kind(head, extension)
    if other != "raw camera":
        if kind := content.image_kind(head) or ("NIfTI" if path.name.lower().endswith(".nii.gz") else ""):
            return Found(path, kind, size)
        if extension in content.EXTENSIONS:
            return Found(path, "damaged", size)
    return Found(path, why=other)


def _refusal(path: Path, error: OSError) -> Found:
    return Found(path, why=f"{error.strerror or error}: {str(path)!r}", refused=True)


def describe_left_out(root: Path, left_out: list[Found]) -> list[str]:
    """A line for each reason, with the number of files and the first of them."""
    by_kind: dict[str, list[Found]] = {}
    for one in left_out:
        by_kind.setdefault(one.why, []).append(one)
    return [
        f"left out: {len(all_of):,} {kind} files{' or folders' if kind == HIDDEN else ''}, such as "
        f"{all_of[0].path.relative_to(root).as_posix()!r}"
        for kind, all_of in sorted(by_kind.items())
    ]
