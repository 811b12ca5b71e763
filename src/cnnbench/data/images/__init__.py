"""Decodes and resizes images into one form, for the cache and for prediction alike."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from cnnbench.config import Fit
from cnnbench.core.errors import UserError

MAX_PIXELS = 2**26  # 67 million: more than a camera or a scanner makes; six threads at once then take 5 GB
MAX_SIDE = 2**15  # pixels; a row of 80 million pixels takes a minute to scale
FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
"""Those that Pillow itself decodes, in a time that the size bounds; it would hand PostScript to another program."""

# the bounds are stricter than the one at which Pillow warns
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def decode(
    data: bytes | NDArray[Any],
    channels: int,
    ranges: Mapping[str, tuple[float, float]] = MappingProxyType({}),  # noqa: ARG001
) -> NDArray[np.uint8]:
    """Pixels of an image in any of `FORMATS`.

    Grey, palette, transparent, CMYK, EXIF-rotated and deeper files become plain grey or RGB: a network cannot learn
    the format of a file, which may correlate with its class. Transparent pixels become black, whatever their hidden
    colour. An animation gives its first picture.

    Args:
        data: An encoded file, or uint8 pixels (height, width, channels).
        channels: 1 for grey, 3 for RGB.
        ranges: Values that become black and white, by type of more than 8 bits, such as uint16.

    Returns:
        uint8 pixels (height, width, channels).

    Raises:
        UserError: Pillow cannot read the bytes, or the image is larger than `MAX_PIXELS` or `MAX_SIDE`.
    """
    if isinstance(data, bytes):
        try:
            pixels = _read(data, channels)
        except Exception as error:  # Pillow's readers raise any error on damaged files
            # the message for an unidentified file has an address in memory, which differs from run to run
            why = "" if isinstance(error, UnidentifiedImageError) else " ".join(f": {error}".split()).rstrip(":.")
            raise UserError(f"Expected an image file, received {len(data):,} bytes that cannot be read{why}.") from None
    else:
        pixels = data if data.ndim == 2 or data.shape[2] != 1 else data[:, :, 0]
        if channels == 1 and pixels.ndim == 3:
            pixels = np.asarray(Image.fromarray(pixels).convert("L"))
    if channels == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], channels))


def _read(data: bytes, channels: int) -> NDArray[np.uint8]:
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
    # declared by the file: nothing is decoded yet
    for width, height in (image.size, _tile_size(image)):
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise ValueError(f"{width}x{height} pixels, more than {MAX_PIXELS:,} or a side over {MAX_SIDE:,}")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith(("I", "F")):  # Pillow's own conversion clips values above 255
        image = Image.fromarray(_to_eight_bits(np.asarray(image)))
    elif image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "black"), seen).convert("RGB")
    return np.asarray(image.convert("L" if channels == 1 else "RGB"))


def _tile_size(image: Image.Image) -> tuple[int, int]:
    """Of the tiles of a TIFF file, which are unpacked whole and may be larger than the image; 0 of another file."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    return tags.get(TiffImagePlugin.TILEWIDTH, 0), tags.get(TiffImagePlugin.TILELENGTH, 0)


def _to_eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey values of more than eight bits as bytes; a deeper copy of an eight-bit image gets its original values.

    16 bits: the high byte. Wider integers and floats: unchanged where they fit into a byte, times 255 where they are
    floats in 0..1, else stretched from their minimum to their maximum.
    """
    if values.dtype.itemsize == 2:
        return (values >> 8).astype(np.uint8)
    wide = values.astype(np.float64)
    low, high = float(wide.min()), float(wide.max())
    # one NaN makes both of them NaN
    if not np.isfinite([low, high]).all():
        raise ValueError("values that are not finite")
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        wide = wide * 255
    elif low < 0 or high > 255:
        wide = (wide - low) * (255 / (high - low)) if high > low else np.zeros_like(wide)
    return np.round(wide).astype(np.uint8)


def resize(pixels: NDArray[np.uint8], size: tuple[int, int], fit: Fit = "stretch") -> NDArray[np.uint8]:
    """Brings an image to height and width with Pillow's bilinear filter, which averages when it shrinks.

    Args:
        pixels: uint8 (height, width, channels).
        size: Height and width.
        fit: "stretch" does not keep the aspect ratio, as in the tutorials; "pad" keeps it and adds black on both sides;
            "crop" keeps it and cuts the longer side from the middle.
    """
    if pixels.shape[:2] == size:
        return pixels
    grey = pixels.shape[2] == 1
    # Pillow takes grey pixels without an axis of channels, and width before height
    image = Image.fromarray(pixels[:, :, 0] if grey else pixels)
    sides, filtering = (size[1], size[0]), Image.Resampling.BILINEAR
    match fit:
        case "stretch":
            image = image.resize(sides, filtering)
        case "pad":
            image = ImageOps.pad(image, sides, filtering)
        case "crop":
            image = ImageOps.fit(image, sides, filtering)
    return np.asarray(image).reshape(*size, pixels.shape[2])


def digest(array: NDArray[Any]) -> str:
    """SHA-256, in hex, of shape, type and content of an example: equal for exact copies in any encoding."""
    # without it, images of two shapes could have the same bytes
    header = f"{array.dtype.str} {array.shape}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
