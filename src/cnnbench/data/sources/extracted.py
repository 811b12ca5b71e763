"""A publisher's archive that the user has extracted, with the methods of `ZipArchive`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from cnnbench.data.sources import content, walking

DEPTH = 6
"""Of the folders in the folder of archives that are looked into."""


class ExtractedFolder:
    """The files below a folder."""

    def __init__(self, root: Path) -> None:
        """Lists them; hidden ones are left out, and so is what may not be read."""
        self._root = root
        self._files = {path.relative_to(root).as_posix(): path for path in list_files(root)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def members(self) -> list[str]:
        """The paths of the files below the folder, sorted."""
        return sorted(self._files)

    def require_harmless(self, names: Iterable[str]) -> None:
        """Nothing: they are files of the user."""

    def read(self, name: str) -> bytes:
        """One of the files.

        Raises:
            UserError: It may not be read, or is larger than an image is.
        """
        return content.read_image(self._files[name])

    def size(self, name: str) -> int:
        """Size of one of the files in bytes."""
        return self._files[name].stat().st_size


def list_files(folder: Path, depth: int = DEPTH) -> Iterable[Path]:
    """The files below a folder, in any order, without hidden ones."""
    try:
        entries = [path for path in folder.iterdir() if not walking.is_hidden(path.name)]
    except OSError:
        return
    for path in entries:
        if path.is_dir():
            if depth > 0:
                yield from list_files(path, depth - 1)
        else:
            yield path
