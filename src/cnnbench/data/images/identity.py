"""The identity of an example."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest(array: NDArray[Any]) -> str:
    """SHA-256, in hex, of shape, type and content of an example: equal for copies in any encoding, as they are decoded.

    A large JPEG file is decoded at a fraction by `scan`: only near copies then find its copy as a PNG file.
    """
    # without it, images of two shapes could have the same bytes
    header = f"{array.dtype.str} {array.shape}".encode()
    return hashlib.sha256(header + np.ascontiguousarray(array).tobytes()).hexdigest()
