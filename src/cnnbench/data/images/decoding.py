"""Decodes images into one form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cnnbench.config import Fit
from cnnbench.core.errors import UserError
from cnnbench.data.images import dicom, hearing, nifti, pillow_file, scale
from cnnbench.data.images import ranges as finding
from cnnbench.data.images.resizing import resize
from cnnbench.data.images.stored import Stored

ENOUGH = 2  # times the stored size: the least at which a large JPEG file is decoded, so that averaging is still ours
NONE: Mapping[str, tuple[float, float]] = MappingProxyType({})


class Decoded(NamedTuple):
    """Pixels of an image, uint8 (height, width, channels), and what is odd about its file."""

    pixels: NDArray[np.uint8]
    warnings: tuple[str, ...]


def decode(
    data: bytes | NDArray[Any],
    channels: int,
    ranges: Mapping[str, tuple[float, float]] = NONE,
    at_least: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """Pixels of an image in any of `limits.FORMATS`, in DICOM or in NIfTI.

    Grey, palette, transparent, CMYK, EXIF-rotated and deeper files become plain grey or RGB: a network cannot learn
    the format of a file, which may correlate with its class. Transparent pixels become black, whatever their hidden
    colour. An animation gives its first picture, a file of several pages its first page.

    Args:
        data: An encoded file, or pixels (height, width) or (height, width, 1 or 3).
        channels: 1 for grey, 3 for RGB.
        ranges: Values that become black and white, by pixel type of more than 8 bits, such as uint16.
        at_least: Height and width that will do: a JPEG file of twice the size and more is decoded at a half, a quarter
            or an eighth, which is faster. None decodes all at full size.

    Returns:
        uint8 pixels (height, width, channels).

    Raises:
        UserError: The bytes cannot be read, the image is larger than `limits.MAX_PIXELS` or `limits.MAX_SIDE`, or there
            is no range for its type.
    """
    return examine(data, channels, ranges, at_least).pixels


def examine(
    data: bytes | NDArray[Any],
    channels: int,
    ranges: Mapping[str, tuple[float, float]] = NONE,
    at_least: tuple[int, int] | None = None,
    *,
    checked: bool = False,
) -> Decoded:
    """As `decode`, with what is odd about the file; where it is checked, also whether the ranges suit its values."""
    try:
        stored = read(data, at_least)
        pixels = scale.to_bytes(stored, ranges)
        if checked and (odd := _check_levels(stored, ranges)):
            stored = stored._replace(warnings=(*stored.warnings, odd))
    except UserError:
        raise
    except Exception as error:  # the readers raise any error on damaged files
        # the message for an unidentified file has an address in memory, which differs from run to run
        why = "" if isinstance(error, UnidentifiedImageError) else " ".join(f": {error}".split()).rstrip(":.")
        received = f"{len(data):,} bytes" if isinstance(data, bytes) else f"an array {data.shape} of {data.dtype}"
        raise UserError(f"Expected an image file, received {received} that cannot be read{why}.") from None
    if channels == 1 and pixels.ndim == 3:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))
    elif channels == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return Decoded(np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], channels)), stored.warnings)


def prepare(
    data: bytes | NDArray[Any],
    shape: tuple[int, ...],
    ranges: Mapping[str, tuple[float, float]] = NONE,
    fit: Fit = "stretch",
) -> NDArray[np.uint8]:
    """An image as a network takes it, from training to prediction: decoded, and brought to height, width and channels.

    Raises:
        UserError: As of `decode`.
    """
    return prepare_new(data, shape, ranges, fit, checked=False).pixels


def prepare_new(
    data: bytes | NDArray[Any],
    shape: tuple[int, ...],
    ranges: Mapping[str, tuple[float, float]] = NONE,
    fit: Fit = "stretch",
    *,
    checked: bool = True,
) -> Decoded:
    """As `prepare`, of an image that no audit has seen: with what is odd about it, and whether the ranges suit it."""
    height, width, channels = shape
    at_least = (ENOUGH * height, ENOUGH * width)
    pixels, warnings = examine(data, channels, ranges, at_least, checked=checked)
    return Decoded(resize(pixels, (height, width), fit), warnings)


def _check_levels(stored: Stored, ranges: Mapping[str, tuple[float, float]]) -> str:
    """A line where a range takes nearly all levels of an image, as it is of values unlike those of the data set."""
    kind = stored.values.dtype.name
    if kind not in ranges:
        return ""
    low, high = ranges[kind]
    one = finding.measure(stored)
    if not finding.loses_levels(one, low, high):
        return ""
    return (
        f"values from {one.low:g} to {one.high:g}, of which hardly any grey level is left, as {low:g} is black and "
        f"{high:g} white in the data set: save it scaled as the images of the data set are"
    )


def read(data: bytes | NDArray[Any], at_least: tuple[int, int] | None = None) -> Stored:
    """An image as it is stored; arguments as of `decode`.

    Raises:
        Exception: Of any kind, from the readers.
    """
    if not isinstance(data, bytes):
        return Stored(data[:, :, 0] if data.ndim == 3 and data.shape[2] == 1 else data)
    with hearing.caught() as heard:
        if dicom.is_dicom(data):
            stored = dicom.pixels(data)
        elif nifti.is_nifti(data):
            stored = nifti.pixels(data)
        else:
            stored = pillow_file.read(data, at_least)
    return stored._replace(warnings=(*heard, *stored.warnings))


def look(data: bytes | NDArray[Any]) -> tuple[str, int]:
    """Pixel type and number of pages of an image, by its header.

    Raises:
        Exception: Of any kind, from the readers.
    """
    if not isinstance(data, bytes):
        return data.dtype.name, 1
    if data.startswith(b"\xff\xd8"):  # JPEG has 8 bits and one picture
        return "uint8", 1
    with hearing.caught():
        if dicom.is_dicom(data):
            return dicom.look(data)
        if nifti.is_nifti(data):
            return nifti.look(data)
        return pillow_file.look(data)
