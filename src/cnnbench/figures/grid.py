"""Pictures of examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.figures.style import INK, VERMILION, blank, style, wrapped

_COLUMNS = 6
_LETTERS = 17  # of a caption's line, above an image


@style()
def samples(
    images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
    captions: Sequence[str],
    wrong: Sequence[bool] | None = None,
) -> Figure:
    """A grid of images, six to a row, each with its caption above.

    Args:
        images: uint8 pixels, each (height, width, 1 or 3).
        captions: One per image; their lines are wrapped to the width of an image.
        wrong: Which captions stand out, as those of misread examples do; None for none.

    Returns:
        The grid; the last row may be short.
    """
    columns = min(_COLUMNS, max(1, len(images)))
    rows = max(1, -(-len(images) // columns))
    figure = blank(1.2 * columns + 0.1, 1.6 * rows + 0.1)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    marked = [False] * len(images) if wrong is None else wrong
    for axes, image, caption, mark in zip(grid, images, captions, marked, strict=False):
        grey = image.shape[2] == 1
        axes.imshow(image[:, :, 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=255)
        lines = [wrapped(line, _LETTERS) for line in caption.split("\n")]
        axes.set_title("\n".join(lines), fontsize=8, pad=3, loc="center", color=VERMILION if mark else INK)
    return figure
