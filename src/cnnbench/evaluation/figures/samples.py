"""Pictures of examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import GREY, INK, blank, shorten, style, wrap

_COLUMNS = 4
_MISS = "#B34A00"  # vermilion, darkened until it reads as small text: contrast 5.4 on white
_WIDTH = 1.85  # inches of a column
_LETTERS = 26  # of a caption's line, as wide as a column
_SHARP = 128  # pixels of an image's width, up to which each is drawn as a square
_LINE = 0.15  # inches of a line of a caption


@style()
def samples(
    images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
    captions: Sequence[str],
    wrong: Sequence[bool] | None = None,
) -> Figure:
    """A grid of images, four to a row, each with its caption above.

    Args:
        images: uint8 pixels, each (height, width, 1 or 3).
        captions: One per image; their lines are wrapped to the width of an image.
        wrong: Which are misclassified, to be marked by frame and colour of the caption; None for none.

    Returns:
        The grid; the last row may be short.
    """
    marked = [False] * len(images) if wrong is None else list(wrong)
    texts = [_fit_column(caption) for caption in captions]
    rows = max(1, -(-len(images) // _COLUMNS))
    most = max((text.count("\n") + 1 for text in texts), default=1)
    tallest = max((image.shape[0] / image.shape[1] for image in images), default=1.0)
    columns = min(_COLUMNS, max(1, len(images)))
    figure = blank(_WIDTH * columns, rows * ((_WIDTH - 0.1) * tallest + most * _LINE + 0.15))
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[len(images) :]:
        axes.set_axis_off()
    for axes, image, text, mark in zip(grid, images, texts, marked, strict=False):
        _frame(axes, image, _MISS if mark else GREY, 2.5 if mark else 0.6)
        ink = _MISS if mark else INK
        axes.set_title(text, fontsize=8, pad=4, loc="center", color=ink, parse_math=False)
    return figure


def _fit_column(caption: str) -> str:
    """Breaks and shortens a caption's lines to the width of a column."""
    lines = [part for line in caption.split("\n") for part in wrap(line, _LETTERS).split("\n")]
    return "\n".join(shorten(line, _LETTERS) for line in lines)


def _frame(axes: Axes, image: NDArray[np.uint8], colour: str, width: float) -> None:
    """Draws one image in a frame."""
    pixels = image[:, :, 0] if image.shape[2] == 1 else image
    # Pixels of small images stay squares: nothing is interpolated, and the file stays small
    interpolation = "nearest" if image.shape[1] <= _SHARP else "antialiased"
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation=interpolation)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set(visible=True, color=colour, linewidth=width)
