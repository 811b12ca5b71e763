"""NumPy files on the disk: what an array holds by its name, and reading it without executing what it says."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.sources.disk import require_room
from cnnbench.data.sources.own.folder_names import part_of, words

RATIO = 1000  # of an array's size to its compressed size: deflate itself reaches 1,032

_IMAGES = frozenset(("images", "image", "imgs", "img", "x", "data", "pixels"))
_LABELS = frozenset(("labels", "label", "y", "targets", "target", "classes"))
_CHUNK = 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)


def find(folder: Path) -> dict[str, Path]:
    """The .npy files directly in a folder, by their names without it."""
    return {path.stem: path for path in sorted(folder.glob("*.npy"))}


def read_name(name: str) -> tuple[str, str]:
    """Part and kind of an array by its name; the kind is "images", "labels" or empty."""
    all_of = words(name)
    kinds = ["images" if word in _IMAGES else "labels" for word in all_of if word in _IMAGES | _LABELS]
    return part_of(name)[0], kinds[0] if len(kinds) == 1 else ""


def unpack(path: Path, scratch: Path) -> tuple[dict[str, Path], list[str]]:
    """Unpacks the arrays with images and labels of a .npz file; returns them, and the names of the others.

    Raises:
        UserError: It is damaged, would unpack to far more than images do, or the disk is full.
    """
    unpacked = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            used = [info for info in members if read_name(info.filename[:-4])[1]]
            unused = [info.filename[:-4] for info in members if info not in used]
            for info in used:
                if info.file_size > RATIO * max(info.compress_size, 1) or info.compress_size > path.stat().st_size:
                    raise UserError(
                        f"Expected images in {path}, received {info.filename!r}, {info.compress_size:,} bytes that "
                        f"unpack to {info.file_size:,}: not used."
                    )
            require_room(scratch, sum(info.file_size for info in used))
            for number, info in enumerate(used):
                target = scratch / f"{number}.npy"
                with archive.open(info) as member, target.open("wb") as file:
                    while chunk := member.read(_CHUNK):
                        file.write(chunk)
                unpacked[info.filename[:-4]] = target
    except _BROKEN as error:
        raise UserError(f"Expected a whole .npz file {path}, received one that is not: {error}.") from None
    return unpacked, unused


def open_array(path: Path, name: str) -> NDArray[Any]:
    """An array on the disk, of which only what is asked for is read; messages call it by `name`.

    Raises:
        UserError: It is damaged, or would have to be executed.
    """
    try:
        # mapped: numpy compares what the header declares with the size of the file
        stack: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise UserError(
            f"Expected an array of numbers or texts as {name}, received what NumPy does not read without executing it: "
            f"{' '.join(str(error).split()).rstrip('.')}."
        ) from None
    if (size := path.stat().st_size) != getattr(stack, "offset", size) + (stack.nbytes if stack.ndim else 0):
        raise UserError(
            f"Expected {stack.nbytes:,} bytes of {stack.dtype} of shape {stack.shape} in {name}, as its header says, "
            "received more: it is damaged."
        )
    return stack
