"""Brings images to the size in which they are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cnnbench.config import Fit


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
