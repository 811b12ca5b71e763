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
from cnnbench.data.sources.image_files import EXTENSIONS, IMAGE_BYTES
from cnnbench.inference.predict.inputs import Input
from cnnbench.runs.record import Plan


def find(paths: Sequence[Path], run: Plan) -> list[Input]:
    """Finds image files, each once.

    Args:
        paths: Files of any name, and folders. Of a folder count the files with an image's extension, to any depth,
            without hidden ones.
        run: The network's record, which says how its images were decoded and brought to their shape.

    Raises:
        UserError: There is nothing at a path, or no image in a folder.
    """
    found: dict[Path, None] = {}  # a set that keeps the order
    for path in paths:
        if path.is_dir():
            files = sorted(_walk(path))  # os.walk's order is the file system's
            if not files:
                raise UserError(f"Expected images ({', '.join(sorted(EXTENSIONS))}) in {path}, received none.")
            found.update(dict.fromkeys(files))
        elif path.exists():
            found[path] = None
        else:
            raise UserError(f"Expected an image or a folder of images at {path}, received nothing there.")
    # Not read yet: `inputs.read` does that in threads, batch by batch.
    return [Input({"file": _printable(path)}, partial(read, path, run)) for path in found]


def read(path: Path, run: Plan) -> NDArray[np.uint8]:
    """Reads one image as the cache stage does.

    Args:
        path: An encoded image.
        run: The network's record.

    Raises:
        UserError: It is not a file, cannot be read, or is no image.
    """
    if not path.is_file():  # reading a pipe could block for ever
        raise UserError("Expected an image file, received something that is no file.")
    try:
        if (size := path.stat().st_size) > IMAGE_BYTES:
            raise UserError(f"Expected an image file of at most {IMAGE_BYTES:,} bytes, received {size:,}.")
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"Expected an image file that can be read, received: {error.strerror}.") from None
    # The cache stage's own function: another would give the network other pixels.
    return images.prepare(data, run.input_shape, run.ranges, run.fit)


def _printable(path: Path) -> str:
    """Its name; bytes that are not UTF-8, which no table can hold, are written in hex."""
    # Python keeps such bytes of a name as lone surrogates.
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _walk(folder: Path) -> Iterator[Path]:
    """The image files in a folder and its subfolders; links are followed, each folder is visited once."""
    seen = {_identity(folder)}  # a link to a folder above would go round for ever
    for here, folders, names in os.walk(folder, followlinks=True):
        visible = [name for name in folders if not _hidden(name)]
        # os.walk goes into those folders that are left in its list.
        folders[:] = [name for name in visible if _identity(Path(here, name)) not in seen]
        seen.update(_identity(Path(here, name)) for name in folders)
        for name in names:
            if not _hidden(name) and os.path.splitext(name)[1].lower() in EXTENSIONS:  # noqa: PTH122
                yield Path(here, name)


def _hidden(name: str) -> bool:
    # macOS zips a shadow of every file, with its extension, into __MACOSX.
    return name.startswith(".") or name == "__MACOSX"


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino  # links give one folder several paths
