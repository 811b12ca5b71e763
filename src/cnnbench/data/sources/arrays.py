"""Images in NumPy files: .npz as MedMNIST and Keras pack them, and .npy with the labels in a file beside them.

An array's name tells what it holds: images (images, x, data) or labels (labels, y, targets), and of which part: train,
val or test. So `train_images` goes with `train_labels`, `x_test` with `y_test`, and images.npy with labels.npy.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.sources.class_names import NUMBERS
from cnnbench.data.sources.disk import require_room
from cnnbench.data.sources.folder_names import part_of, words
from cnnbench.data.sources.label_map import LabelMap
from cnnbench.data.sources.listed import Listed, Listing, canonical_name

RATIO = 1000  # of an array's size to its compressed size: deflate itself reaches 1,032

_IMAGES = frozenset(("images", "image", "imgs", "img", "x", "data", "pixels"))
_LABELS = frozenset(("labels", "label", "y", "targets", "target", "classes"))
_CHUNK = 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)
_REMEDY = "name them as MedMNIST (train_images, train_labels) or Keras (x_train, y_train) does, or images and labels"

_Stacks = dict[str, dict[str, Any]]
"""Images and labels, in that order of keys, by part."""


def find(folder: Path) -> dict[str, Path]:
    """The .npy files directly in a folder, by their names without it."""
    return {path.stem: path for path in sorted(folder.glob("*.npy"))}


def list_folder(folder: Path, stacks: Mapping[str, Path], labels: LabelMap) -> Listing:
    """The images in all .npy files of a folder.

    Raises:
        UserError: As of `list_images`.
    """
    used = {name: _open(path, str(path)) for name, path in stacks.items() if _read_name(name)[1]}
    return _list(folder, used, [name for name in stacks if name not in used], labels)


def list_images(path: Path, labels: LabelMap, scratch: Path) -> Listing:
    """The images in a .npz file, or in a .npy file with its labels beside it.

    Args:
        path: The file.
        labels: Renames the labels.
        scratch: A folder for the unpacked arrays, which need not fit in memory.

    Raises:
        UserError: The file is damaged, would unpack to far more than images do, or holds no images with a label each.
    """
    if path.suffix.lower() == ".npz":
        unpacked, unused = _unpack(path, scratch)
        return _list(path, {key: _open(one, f"{key} of {path}") for key, one in unpacked.items()}, unused, labels)
    beside = find(path.parent) | {path.stem: path}
    part, kind = _read_name(path.stem)
    stacks = {stem: one for stem, one in beside.items() if stem == path.stem or _read_name(stem) == (part, "labels")}
    if kind != "images" or len(stacks) < 2:
        raise UserError(
            f"Expected an array of labels beside {path}, received none: save it as labels.npy beside images.npy (or "
            "y_train.npy beside x_train.npy), or pack both into a .npz file."
        )
    return _list(path, {stem: _open(one, str(one)) for stem, one in stacks.items()}, [], labels)


def _read_name(name: str) -> tuple[str, str]:
    """Part and kind of an array by its name; the kind is "images", "labels" or empty."""
    all_of = words(name)
    kinds = ["images" if word in _IMAGES else "labels" for word in all_of if word in _IMAGES | _LABELS]
    return part_of(name)[0], kinds[0] if len(kinds) == 1 else ""


def _unpack(path: Path, scratch: Path) -> tuple[dict[str, Path], list[str]]:
    """Unpacks the arrays that are used; returns them, and the names of the others."""
    unpacked = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            used = [info for info in members if _read_name(info.filename[:-4])[1]]
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


def _open(path: Path, name: str) -> NDArray[Any]:
    """An array on the disk, of which only what is asked for is read."""
    try:
        # mapped: numpy compares what the header declares with the size of the file
        stack: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError) as error:
        raise UserError(
            f"Expected an array of numbers or texts as {name}, received what NumPy does not read without executing it: "
            f"{' '.join(str(error).split())}."
        ) from None
    return stack


def _list(path: Path, stacks: Mapping[str, NDArray[Any]], unused: list[str], labels: LabelMap) -> Listing:
    by_part: _Stacks = {}
    for name, stack in stacks.items():
        part, kind = _read_name(name)
        if by_part.setdefault(part, {}).setdefault(kind, stack) is not stack:
            raise UserError(f"Expected one array of {kind} per part in {path}, received {name!r} as well: {_REMEDY}.")
    if not any("images" in pair for pair in by_part.values()):
        raise UserError(
            f"Expected an array of images in {path}, received {', '.join(map(repr, [*stacks, *unused])) or 'none'}: {_REMEDY}."
        )
    listed: list[Listed] = []
    numbers: set[int] = set()
    for part, pair in by_part.items():
        where = f"the {part} part of {path}" if part else str(path)
        if len(pair) < 2:
            raise UserError(f"Expected images and labels in {where}, received {next(iter(pair))} alone: {_REMEDY}.")
        pixels, written = _check_images(pair["images"], where), _read_labels(pair["labels"], where, numbers)
        if len(pixels) != len(written):
            raise UserError(
                f"Expected a label per image in {where}, received {len(pixels):,} images and {len(written):,} labels."
            )
        for row, text in enumerate(written):
            label = labels.rename(text)
            if label is not None:
                key = f"{part}/{row:06d}" if part else f"{row:06d}"
                listed.append(
                    Listed(key, canonical_name(label), partial(_read, pixels, row), pixels[0].nbytes, part=part)
                )
    shapes = {(pair["images"].shape[1:], pair["images"].dtype.str) for pair in by_part.values()}
    if len(shapes) > 1:
        raise UserError(f"Expected images of one shape and type in {path}, received {sorted(map(str, shapes))}.")
    notes = []
    if unused:
        notes.append(f"left out: {len(unused):,} arrays that are neither images nor labels, such as {unused[0]!r}")
    # indices of classes, as CIFAR-100 has them: all of them are there
    indices = len(numbers) > NUMBERS and numbers == set(range(max(numbers) + 1))
    return Listing("arrays of images", listed, notes, named=bool(labels.named) or indices)


def _check_images(stack: NDArray[Any], where: str) -> NDArray[Any]:
    if stack.ndim == 4 and stack.shape[3] in (1, 3):
        grey = stack
    elif stack.ndim == 3:
        grey = stack[..., None]
    else:
        remedy = "move the channels to the end" if stack.ndim == 4 and stack.shape[1] in (1, 3) else "save them so"
        raise UserError(
            f"Expected images of shape (n, height, width), or (n, height, width, channels) of 1 or 3 channels, in "
            f"{where}, received {stack.shape}: {remedy}."
        )
    if stack.dtype.kind not in "biuf":
        raise UserError(f"Expected images of numbers in {where}, received the type {stack.dtype}.")
    height, width = grey.shape[1:3]
    if not len(grey) or not 0 < height * width <= images.MAX_PIXELS or max(height, width) > images.MAX_SIDE:
        raise UserError(
            f"Expected images of 1 to {images.MAX_PIXELS:,} pixels in {where}, received {len(grey):,} of "
            f"{height:,}x{width:,}."
        )
    return grey


def _read(stack: NDArray[Any], row: int) -> NDArray[Any]:
    pixels = np.array(stack[row])  # a copy: off the disk
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255)
    return pixels.astype(pixels.dtype.newbyteorder("="))


def _read_labels(stack: NDArray[Any], where: str, numbers: set[int]) -> list[str]:
    """Labels as text; adds whole numbers of an integer type to `numbers`."""
    values = np.array(stack)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.shape[1] > 1 and values.dtype.kind in "biuf":
        if not (np.isin(values, (0, 1)).all() and (values.sum(axis=1) == 1).all()):
            raise UserError(
                f"Expected one class per image in {where}, received labels of shape {values.shape} with several "
                "ones in a row: several labels of one image are not supported."
            )
        values = values.argmax(axis=1)
    if values.ndim != 1 or values.dtype.kind not in "biufUS":
        raise UserError(
            f"Expected labels of shape (n,) or (n, 1) in {where}, received {values.dtype} of shape {values.shape}."
        )
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise UserError(f"Expected a label for each image in {where}, received some that are no number.")
        return [str(int(value)) if value.is_integer() else str(value) for value in values.tolist()]
    if values.dtype.kind == "S":
        return [value.decode("utf-8", "backslashreplace") for value in values.tolist()]
    if values.dtype.kind == "U":
        return [str(value) for value in values.tolist()]
    whole = [int(value) for value in values.tolist()]
    numbers.update(whole)
    return [str(value) for value in whole]
