"""Images in NumPy files: .npz as MedMNIST and Keras pack them, and .npy with the labels in a file beside them.

An array's name tells what it holds: images (images, x, data) or labels (labels, y, targets), and of which part: train,
val or test. So `train_images` goes with `train_labels`, `x_test` with `y_test`, and images.npy with labels.npy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.images import limits
from cnnbench.data.sources.own.array_files import find, open_array, read_name, unpack
from cnnbench.data.sources.own.array_labels import read_labels
from cnnbench.data.sources.own.class_names import NUMBERS
from cnnbench.data.sources.own.label_map import LabelMap
from cnnbench.data.sources.own.listed import Listed, Listing, canonical_name

_REMEDY = "name them as MedMNIST (train_images, train_labels) or Keras (x_train, y_train) does, or images and labels"

_Stacks = dict[str, dict[str, Any]]
"""Images and labels, in that order of keys, by part."""


def list_folder(folder: Path, stacks: Mapping[str, Path], labels: LabelMap) -> Listing:
    """The images in all .npy files of a folder.

    Raises:
        UserError: As of `list_images`.
    """
    used = {name: open_array(path, str(path)) for name, path in stacks.items() if read_name(name)[1]}
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
        unpacked, unused = unpack(path, scratch)
        return _list(path, {key: open_array(one, f"{key} of {path}") for key, one in unpacked.items()}, unused, labels)
    beside = find(path.parent) | {path.stem: path}
    part, kind = read_name(path.stem)
    stacks = {stem: one for stem, one in beside.items() if stem == path.stem or read_name(stem) == (part, "labels")}
    if kind != "images" or len(stacks) < 2:
        raise UserError(
            f"Expected an array of labels beside {path}, received none: save it as labels.npy beside images.npy (or "
            "y_train.npy beside x_train.npy), or pack both into a .npz file."
        )
    return _list(path, {stem: open_array(one, str(one)) for stem, one in stacks.items()}, [], labels)


def _list(path: Path, stacks: Mapping[str, NDArray[Any]], unused: list[str], labels: LabelMap) -> Listing:
    by_part: _Stacks = {}
    for name, stack in stacks.items():
        part, kind = read_name(name)
        if by_part.setdefault(part, {}).setdefault(kind, stack) is not stack:
            raise UserError(f"Expected one array of {kind} per part in {path}, received {name!r} as well: {_REMEDY}.")
    if not any("images" in pair for pair in by_part.values()):
        raise UserError(
            f"Expected an array of images in {path}, received "
            f"{', '.join(map(repr, [*stacks, *unused])) or 'none'}: {_REMEDY}."
        )
    listed: list[Listed] = []
    numbers: set[int] = set()
    for part, pair in by_part.items():
        where = f"the {part} part of {path}" if part else str(path)
        if len(pair) < 2:
            raise UserError(f"Expected images and labels in {where}, received {next(iter(pair))} alone: {_REMEDY}.")
        pixels, written = _check_images(pair["images"], where), read_labels(pair["labels"], where, numbers)
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
    if not len(grey) or not 0 < height * width <= limits.MAX_PIXELS or max(height, width) > limits.MAX_SIDE:
        raise UserError(
            f"Expected images of 1 to {limits.MAX_PIXELS:,} pixels in {where}, received {len(grey):,} of "
            f"{height:,}x{width:,}."
        )
    return grey


def _read(stack: NDArray[Any], row: int) -> NDArray[Any]:
    pixels = np.array(stack[row])  # a copy: off the disk
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255)
    return pixels.astype(pixels.dtype.newbyteorder("="))
