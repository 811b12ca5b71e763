"""Brings values of more than 8 bits to 8, by a range that the whole data set shares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.images.stored import Stored


def to_bytes(stored: Stored, ranges: Mapping[str, tuple[float, float]]) -> NDArray[np.uint8]:
    """The image in 8 bits: the low end of the range of its type is black, the high end white, the rest clipped.

    Images of 8 bits stay as they are. What is transparent is seen before black.

    Raises:
        UserError: There is no range for its type.
        ValueError: A value is not finite.
    """
    kind, values = stored.values.dtype.name, stored.values
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("NaN or infinite values: replace them")
    if kind == "uint8":
        seen = values
    elif kind == "bool":
        seen = values.astype(np.uint8) * np.uint8(255)
    elif kind in ranges:
        seen = _scale(values, *ranges[kind])
    else:
        known = " or ".join(["8 bits", *sorted(ranges)])
        raise UserError(
            f"Expected pixels of {known}, as the data set has them, received {kind}, of which no range of values is "
            "known: save the image in one of those, scaled as the images of the data set are."
        )
    if stored.inverted:
        seen = 255 - seen
    if stored.opacity is not None:
        opacity = stored.opacity if seen.ndim == 2 else stored.opacity[:, :, None]
        seen = np.rint(seen * opacity).astype(np.uint8)
    return seen


def _scale(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        unsigned = np.dtype(f"u{values.dtype.itemsize}")
        found: NDArray[np.uint8] = _table(values.dtype.name, low, high)[values.view(unsigned)]
        return found
    return _map(values.astype(np.float64), low, high)


@lru_cache(maxsize=8)
def _table(kind: str, low: float, high: float) -> NDArray[np.uint8]:
    """What each value becomes, by its bits."""
    size = np.dtype(kind).itemsize
    return _map(np.arange(256**size).astype(f"u{size}").view(kind).astype(np.float64), low, high)


def _map(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    return np.rint(np.clip((values - low) * 255 / (high - low), 0, 255)).astype(np.uint8)
