"""The confusion matrix: which class was taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import GREY, blank, shortened, style, wrapped

_FEW = 4  # classes; above, empty cells bear no number
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
    shares = shares_of(matrix)
    side = side_of(len(classes))
    figure = blank(2 * side + 1.6, side + 1.2)
    counted, shared = figure.subplots(1, 2, sharey=True)
    heat(counted, matrix / max(1, matrix.max()), [[f"{count:,}" for count in row] for row in matrix], classes, side)
    heat(shared, shares, [[percent(share) for share in row] for row in shares], classes, side)
    counted.set(title="Test examples", xlabel="Predicted class", ylabel="Actual class")
    shared.set(title="Share of the actual class", xlabel="Predicted class")
    return figure


def shares_of(matrix: NDArray[np.integer]) -> NDArray[np.float64]:
    """Each row as shares of its sum; NaN where that is 0."""
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.full(matrix.shape, np.nan)
    np.divide(matrix, totals, out=shares, where=totals > 0)
    return shares


def side_of(k: int) -> float:
    """Inches of a matrix of k classes: names fit under the cells of a few; numbers still do in the cells of many."""
    return max(2.4, 0.8 * k) if k <= _FEW else min(max(3.2, 0.42 * k), 8.0)


def heat(
    axes: Axes, shades: NDArray[np.floating], texts: Sequence[Sequence[str]], classes: Sequence[str], side: float
) -> None:
    """The cells of a matrix `side` inches wide: a shade from 0 to 1, NaN for none, and a text for each that has one."""
    k = len(classes)
    shown = np.where(shades > 0, texts, "") if k > _FEW else np.array(texts)
    sns.heatmap(
        shades,
        ax=axes,
        vmin=0,
        vmax=1,
        cmap="Blues",
        cbar=False,
        xticklabels=False,
        yticklabels=False,
        square=True,
        linewidths=0.6,
        annot=shown if k <= _MOST_NUMBERED else False,
        annot_kws={"size": 10 if k <= _FEW else 8, "in_layout": False},
        fmt="",
    )
    for row in np.flatnonzero(np.isnan(shades).all(axis=1)):
        axes.text(k / 2, row + 0.5, "no test example", ha="center", va="center", color=GREY)
    _name(axes, classes, side / k)


def _name(axes: Axes, classes: Sequence[str], cell: float) -> None:
    """Class names along both axes, slanted below cells that are too narrow; `cell` is their side in inches."""
    k = len(classes)
    below = [wrapped(name, int(cell / _LETTER)) for name in classes]
    slanted = max(len(line) for name in below for line in name.split("\n")) * _LETTER > cell
    single = [shortened(name, 32) for name in classes]
    places = np.arange(k) + 0.5
    axes.set_yticks(places, single if k > _FEW else [wrapped(name, 20) for name in classes])
    axes.set_xticks(places, single if slanted else below)
    axes.tick_params(length=0)
    if slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")


def percent(share: float) -> str:
    """A share in percent, which reads as 0 or 100 % only where it is."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"
