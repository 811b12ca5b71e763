"""Turns an image upright by the orientation in its EXIF data, and needs nothing else of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

SIDEWAYS = (5, 6, 7, 8)
"""Those that swap width and height."""


def read(image: Image.Image) -> int:
    """The orientation of an open image, 1 to 8; 1 where it has none that can be read.

    `ImageOps.exif_transpose` writes all tags anew and so fails for one that is malformed.
    """
    try:
        found = int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # of damaged EXIF data, any
        return 1
    return found if 1 <= found <= 8 else 1


def apply(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The image upright: pixels (height, width, ...)."""
    turned = np.swapaxes(pixels, 0, 1) if orientation in SIDEWAYS else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned
