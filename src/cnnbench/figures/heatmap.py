"""The confusion matrix: which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.figures.style import GREY, INK, blank, shortened, style, wrapped

_MOST_NUMBERED = 25  # classes; beyond, numbers in the cells would not be legible
_LETTER = 0.075  # inches that a letter of a tick label takes


@style()
def confusion(matrix: NDArray[np.integer], classes: Sequence[str]) -> Figure:
    """Counts, and beside them each row as shares of its class.

    Args:
        matrix: Counts, a row per true class and a column per predicted one, shape (k, k).
        classes: Names of the k classes.

    Returns:
        Two heat maps. Above four classes, cells without an example bear no number; above 25, none does. The
        row of a class without examples has no shares and says so.
    """
    k = len(classes)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, totals, out=np.full(matrix.shape, np.nan), where=totals > 0)
    # Where classes are few, their names fit under the cells; where they are many, numbers in the cells still do.
    side = max(2.4, 0.8 * k) if k <= 4 else min(max(3.2, 0.42 * k), 8.0)
    figure = blank(2 * side + 1.6, side + 1.2)
    counted, shared = figure.subplots(1, 2, sharey=True)
    _heat(counted, matrix / max(1, matrix.max()), [[f"{count:,}" for count in row] for row in matrix], matrix)
    _heat(shared, shares, [[_percent(share) for share in row] for row in shares], matrix)
    for axes in (counted, shared):
        _name(axes, classes, side / k)
    for row in np.flatnonzero(totals == 0):
        shared.text(k / 2, row + 0.5, "no test example", ha="center", va="center", color=GREY)
    counted.set(title="Test examples", xlabel="Predicted class", ylabel="Actual class")
    shared.set(title="Share of the actual class", xlabel="Predicted class")
    return figure


def _heat(axes: Axes, shades: NDArray[np.floating], texts: list[list[str]], matrix: NDArray[np.integer]) -> None:
    """The cells: a shade from 0 to 1, NaN for none, and a text for each."""
    k = len(matrix)
    axes.pcolormesh(shades, cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=0.6)
    axes.set(aspect="equal", ylim=(k, 0))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for row, column in np.ndindex(k, k) if k <= _MOST_NUMBERED else ():
        shade = shades[row, column]
        if np.isfinite(shade) and (k <= 4 or matrix[row, column]):
            ink = "white" if shade > 0.5 else INK
            size = 10 if k <= 4 else 8
            text = axes.text(column + 0.5, row + 0.5, texts[row][column], color=ink, size=size)
            text.set(horizontalalignment="center", verticalalignment="center", in_layout=False)


def _name(axes: Axes, classes: Sequence[str], cell: float) -> None:
    """Class names along both axes, slanted below cells that are too narrow; `cell` is their side in inches."""
    k = len(classes)
    below = [wrapped(name, int(cell / _LETTER)) for name in classes]
    slanted = max(len(line) for name in below for line in name.split("\n")) * _LETTER > cell
    single = [shortened(name, 32) for name in classes]
    places = np.arange(k) + 0.5
    axes.set_yticks(places, single if k > 4 else [wrapped(name, 20) for name in classes])
    axes.set_xticks(places, single if slanted else below)
    axes.tick_params(length=0)
    if slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")


def _percent(share: float) -> str:
    """A share in percent, which reads as 0 or 100 % only where it is."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"
