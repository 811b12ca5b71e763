"""Pictures of examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import GREY, INK, draw_pixels, sheet, shorten, style, wrap

_COLUMNS = 4
_MISS = "#B34A00"  # vermilion, darkened until it reads as small text: contrast 5.4 on white
_WIDTH = 1.85  # inches of a column
_LETTERS = 26  # of a caption's line, as wide as a column
_SHARP = 128  # pixels of an image's width, up to which each is drawn as a square
_LINE = 0.15  # inches of a line of a caption
_SIDE = _WIDTH - 0.1  # inches of an image


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
    head = 0.05 + _LINE * max((text.count("\n") + 1 for text in texts), default=1)
    step = head + 0.1 + _SIDE * max((image.shape[0] / image.shape[1] for image in images), default=1.0)
    # One panel for all: a panel for each image takes three times as long, most of it for axes that are not seen
    figure, axes = sheet(_WIDTH * min(_COLUMNS, max(1, len(images))), rows * step)
    for place, (image, text, mark) in enumerate(zip(images, texts, marked, strict=True)):
        x, y = _WIDTH * (place % _COLUMNS), head + step * (place // _COLUMNS)
        colour, width, ink = (_MISS, 2.5, _MISS) if mark else (GREY, 0.6, INK)
        draw_pixels(axes, image, (x, y, _SIDE, _SIDE * image.shape[0] / image.shape[1]), 255, _SHARP, colour, width)
        axes.text(x + _SIDE / 2, y - 0.05, text, ha="center", va="bottom", size=8, color=ink)
    return figure


def _fit_column(caption: str) -> str:
    """Breaks and shortens a caption's lines to the width of a column."""
    lines = [part for line in caption.split("\n") for part in wrap(line, _LETTERS).split("\n")]
    return "\n".join(shorten(line, _LETTERS) for line in lines)
