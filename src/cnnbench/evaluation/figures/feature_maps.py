"""The feature maps of one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import INK, draw_pixels, sheet, shorten, style

_CHANNELS = 8  # of a layer
_CELL = 0.58  # inches of a map and the gap to its right
_GAP = 0.08  # of a cell
_LETTER = 0.115  # cells of a letter of a layer's name
_SHARP = 64  # pixels of a map's side, up to which each is drawn as a square
_LETTERS = 22  # of a layer's name


@style()
def feature_maps(image: NDArray[np.uint8], maps: Sequence[tuple[str, NDArray[np.floating]]], caption: str) -> Figure:
    """An image and, in a row for each layer, the layer's strongest channels.

    Args:
        image: uint8 pixels, shape (height, width, 1 or 3).
        maps: Name and output, shape (height, width, channels), of each layer.
        caption: Of the image.

    Returns:
        The eight channels with the highest mean absolute value, the highest first. In each, 0 is black and the highest
        value white; without a relu, a negative lowest value is black. Channels of a single pixel are scaled by the
        highest value of their layer.
    """
    names = [shorten(name, _LETTERS) for name, _ in maps]
    left = 0.3 + _LETTER * max(10, *map(len, names))
    figure, axes = sheet(_CELL * (left + _CHANNELS), _CELL * (2 + len(maps)))
    axes.set(xlim=(-left, _CHANNELS), ylim=(len(maps) + 2, 0))
    _draw_image(axes, image, 0, 0, 2, vmax=255)
    _write(axes, f"input\n{_format_shape(image)}", -0.15, 1, "right")
    _write(axes, caption, 2.1, 1, "left")
    for row, (name, (_, values)) in enumerate(zip(names, maps, strict=True), start=2):
        _write(axes, f"{name}\n{_format_shape(values)}", -0.15, row + 0.5, "right")
        order = np.argsort(-np.abs(values).mean(axis=(0, 1)), kind="stable")
        top = float(values.max()) if values.shape[:2] == (1, 1) else None
        for column, channel in enumerate(order[:_CHANNELS]):
            _draw_image(axes, _rescale(values[:, :, channel], top), column, row, 1, vmax=1)
    return figure


def _draw_image(axes: Axes, pixels: NDArray[Any], x: float, y: float, side: float, vmax: float) -> None:
    """Draws an image into the cells from (x, y) on, in its own proportions."""
    height, width = pixels.shape[:2]
    room = side - _GAP
    place = (x, y, room * min(1, width / height), room * min(1, height / width))
    draw_pixels(axes, pixels, place, vmax, _SHARP * int(side))


def _write(axes: Axes, text: str, x: float, y: float, side: str) -> None:
    axes.text(x, y, text, ha=side, va="center", size=8, color=INK, linespacing=1.3, parse_math=False)


def _rescale(values: NDArray[np.floating], top: float | None) -> NDArray[np.float64]:
    """Scales one channel to 0..1, where 1 is its highest value or `top`."""
    wide = np.nan_to_num(values.astype(np.float64))
    low = min(0.0, float(wide.min()))
    high = float(wide.max()) if top is None else top
    return (wide - low) / (high - low) if high > low else np.zeros_like(wide)


def _format_shape(values: NDArray[Any]) -> str:
    return "×".join(str(side) for side in values.shape)
