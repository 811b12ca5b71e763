"""Image files, found in folders and read as the cache stage reads them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.sources.image_files import EXTENSIONS
from cnnbench.inference.predict.inputs import Input


def find(paths: Sequence[Path], shape: tuple[int, ...]) -> list[Input]:
    """Finds image files, each once.

    Args:
        paths: Files, whatever they are called, and folders, whose image files by name count to any depth, but for
            hidden ones.
        shape: Of the network's input, (height, width, channels).

    Raises:
        UserError: There is nothing at a path, or no image in a folder.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(_below(path))
            if not inside:
                raise UserError(f"Expected images ({', '.join(sorted(EXTENSIONS))}) in {path}, received none.")
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise UserError(f"Expected an image or a folder of images at {path}, received nothing there.")
    return [Input({"file": _shown(path)}, partial(read, path, shape)) for path in found]


def read(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Reads one image in the form that the cache has it in.

    Args:
        path: Of an encoded image.
        shape: (height, width, channels), height and width the same.

    Raises:
        UserError: It is no file that can be read, or no image.
    """
    if not path.is_file():  # a pipe would be waited for without end
        raise UserError("Expected an image file, received something that is no file.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"Expected an image file that can be read, received: {error.strerror}.") from None
    return images.resize(images.decode(data, shape[2]), shape[0])


def _shown(path: Path) -> str:
    """Its name; bytes that are not UTF-8, which no table can hold, in hex."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _below(folder: Path) -> Iterator[Path]:
    """The image files in a folder and those below, following links, but not in circles."""
    seen = {_identity(folder)}
    for here, folders, names in os.walk(folder, followlinks=True):
        inside = [name for name in folders if not _hidden(name)]
        folders[:] = [name for name in inside if _identity(Path(here, name)) not in seen]
        seen.update(_identity(Path(here, name)) for name in folders)
        for name in names:
            if not _hidden(name) and os.path.splitext(name)[1].lower() in EXTENSIONS:  # noqa: PTH122
                yield Path(here, name)


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _identity(folder: Path) -> tuple[int, int]:
    about = folder.stat()
    return about.st_dev, about.st_ino
