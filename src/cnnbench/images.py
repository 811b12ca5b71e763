"""One form for every image: the only place that decodes or resizes, for the cache and for prediction alike."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from cnnbench.errors import UserError


def decode(data: bytes | NDArray[Any], channels: int) -> NDArray[np.uint8]:
    """Pixels of an image, whatever form it came in.

    Grey, palette, transparent, CMYK and EXIF-rotated files become plain grey or RGB, so that the form a file was saved
    in, which may go with its class, is not there to be learnt.

    Args:
        data: An encoded file, or uint8 pixels (height, width, channels).
        channels: 1 for grey, 3 for RGB.

    Returns:
        uint8 pixels (height, width, channels).

    Raises:
        UserError: The bytes are no image that Pillow reads.
    """
    if isinstance(data, bytes):
        try:
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise UserError(f"Expected an image file, received {len(data)} bytes that are none: {error}.") from None
    else:
        pixels = data if data.ndim == 2 or data.shape[2] != 1 else data[:, :, 0]
        if channels == 1 and pixels.ndim == 3:
            pixels = np.asarray(Image.fromarray(pixels).convert("L"))
    if channels == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    return np.ascontiguousarray(pixels.reshape(*pixels.shape[:2], channels))


def resize(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Scales to size x size by Pillow's bilinear filter, which averages when it shrinks.

    The sides' ratio is not kept, as in the tutorials.
    """
    if pixels.shape[:2] == (size, size):
        return pixels
    grey = pixels.shape[2] == 1
    image = Image.fromarray(pixels[:, :, 0] if grey else pixels)
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR)).reshape(size, size, pixels.shape[2])


def digest(array: NDArray[Any]) -> str:
    """SHA-256, in hex, of an example's shape, type and content: equal for exact copies however they were encoded."""
    header = f"{array.dtype.str} {array.shape}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
