"""The confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import GREY, INK, blank, fit, percent, shorten, style, wrap
from cnnbench.metrics.means import divide

_FEW = 4  # classes; with more, empty cells have no number
_MOST_NUMBERED = 25  # classes; with more, numbers in the cells would not be legible
_DARK = 0.48  # shade of blue from which text on it is white, by relative luminance
_LETTER = 0.075  # inches of a letter of a tick label


@style()
def confusion(matrix: NDArray[np.integer], classes: Sequence[str]) -> Figure:
    """Counts, and beside them each row as shares of its class.

    Args:
        matrix: Counts, a row per true class and a column per predicted one, shape (k, k).
        classes: Names of the k classes.

    Returns:
        Two heat maps. Above four classes, cells without an example have no number; above 25, none has one. The row of a
        class without examples has a note instead of shares.
    """
    shares = row_shares(matrix)
    side = matrix_side(len(classes))
    figure = blank(2 * side + 1.6, side + 1.2)
    counted, shared = figure.subplots(1, 2, sharey=True)
    draw_cells(
        counted, matrix / max(1, int(matrix.max())), [[f"{count:,}" for count in row] for row in matrix], classes, side
    )
    draw_cells(shared, shares, [[percent(share) for share in row] for row in shares], classes, side)
    counted.set(title="Test examples", xlabel="Predicted class", ylabel="Actual class")
    shared.set(title="Share of the actual class", xlabel="Predicted class")
    return figure


def row_shares(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Each row as shares of its sum; NaN where that is 0."""
    return divide(matrix.astype(np.float64), matrix.sum(axis=1, keepdims=True).astype(np.float64))


def matrix_side(k: int) -> float:
    """Inches of a matrix of k classes: class names fit below the cells of a few, numbers into the cells of many."""
    return max(2.4, 0.8 * k) if k <= _FEW else min(max(3.2, 0.42 * k), 8.0)


def draw_cells(
    axes: Axes, shades: NDArray[np.floating], texts: Sequence[Sequence[str]], classes: Sequence[str], side: float
) -> None:
    """Draws the cells of a matrix `side` inches wide: a shade within 0..1, NaN for none, and a text in each."""
    k = len(classes)
    axes.pcolormesh(np.ma.masked_invalid(shades), vmin=0, vmax=1, cmap="Blues", linewidths=0.6, edgecolors="white")
    axes.set(xlim=(0, k), ylim=(k, 0), aspect="equal")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, column in np.argwhere(np.isfinite(shades)) if k <= _MOST_NUMBERED else ():
        shade = shades[row, column]
        if shade > 0 or k <= _FEW:
            ink = "white" if shade > _DARK else INK
            place: dict[str, Any] = {"ha": "center", "va": "center", "in_layout": False}
            axes.text(column + 0.5, row + 0.5, texts[row][column], color=ink, size=10 if k <= _FEW else 8, **place)
    for row in np.flatnonzero(np.isnan(shades).all(axis=1)):
        axes.text(k / 2, row + 0.5, "no test example", ha="center", va="center", color=GREY)
    _write_class_names(axes, classes, side / k)


def _write_class_names(axes: Axes, classes: Sequence[str], cell: float) -> None:
    """Writes class names along both axes, slanted below narrow cells; `cell` is their side in inches."""
    k = len(classes)
    width = int(cell / _LETTER)
    below = [wrap(shorten(name, 4 * width), width) for name in classes]
    slanted = max(len(line) for name in below for line in name.split("\n")) * _LETTER > cell
    single = [shorten(name, 32) for name in classes]
    places = np.arange(k) + 0.5
    axes.set_yticks(places, single if k > _FEW else [fit(name, 20) for name in classes])
    axes.set_xticks(places, single if slanted else below)
    axes.tick_params(length=0)
    if slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")
