"""The inputs of a data set as the rows of a matrix: images shrunk, so that a linear model takes seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records.reader import Examples

SIDE = 32  # pixels, of the longer side
_CHUNK = 1024  # images that are held at once


def shrunk_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """What becomes of the shape of an input: an image's longer side is 32 pixels at most."""
    if len(shape) < 3 or max(shape[:2]) <= SIDE:
        return tuple(shape)
    height, width = (max(1, round(side * SIDE / max(shape[:2]))) for side in shape[:2])
    return (height, width, *shape[2:])


def matrix(examples: Examples, shape: Sequence[int], rows: NDArray[np.integer] | None = None) -> NDArray[np.float32]:
    """The inputs of some examples, float32, shape (n, d); of images each pixel is the mean of those that it covers.

    Args:
        examples: Of some folds.
        shape: Of one input.
        rows: Numbers of examples; None for all.
    """
    rows = np.arange(len(examples)) if rows is None else rows
    wanted = shrunk_shape(shape)
    found = np.empty((len(rows), int(np.prod(wanted))), np.float32)
    for start in range(0, len(rows), _CHUNK):
        inputs = examples.gather(rows[start : start + _CHUNK]).astype(np.float32)
        if wanted != tuple(shape):
            down, across = (_coverage(*sides) for sides in zip(shape[:2], wanted[:2], strict=True))
            inputs = np.einsum("ai,nijc,bj->nabc", down, inputs, across, optimize=True)
        found[start : start + _CHUNK] = inputs.reshape(len(inputs), -1)
    return found


def _coverage(before: int, after: int) -> NDArray[np.float32]:
    """Which share of each new pixel each old one makes up along a side, shape (after, before)."""
    edges = np.arange(after + 1) * before / after
    old = np.arange(before)
    overlap = np.minimum(edges[1:, None], old + 1) - np.maximum(edges[:-1, None], old)
    return np.asarray(np.maximum(overlap, 0) * after / before, np.float32)
