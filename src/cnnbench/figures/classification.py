"""What a classifier took for what, and how well its scores part the classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.figures.style import DASHED, DOTTED, GREY, blank, style, wrapped

_MOST_NUMBERED = 25  # classes; beyond, numbers in the cells would not be legible


@style()
def confusion(matrix: NDArray[np.integer], classes: Sequence[str]) -> Figure:
    """The confusion matrix: counts, and beside them each row as shares of its class.

    Args:
        matrix: Counts, a row per true class and a column per predicted one, shape (k, k).
        classes: Names of the k classes.

    Returns:
        Two heat maps; the row of a class without examples has no shares.
    """
    k = len(classes)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, totals, out=np.full(matrix.shape, np.nan), where=totals > 0)
    side = max(2.2, min(0.42 * k, 8.0))
    figure = blank(2 * side + 1.6, side + 1.2)
    counted, shared = figure.subplots(1, 2, sharey=True)
    _heat(counted, matrix, "{:,.0f}", max(1, matrix.max()), classes, side / k)
    _heat(shared, shares, "{:.0%}", 1, classes, side / k)
    counted.set(title="Test examples", xlabel="Predicted class", ylabel="Actual class")
    shared.set(title="Share of the actual class", xlabel="Predicted class")
    return figure


def _heat(
    axes: Axes, values: NDArray[np.number], form: str, most: float, classes: Sequence[str], cell: float
) -> None:
    """One heat map, its cells numbered by `form`; `cell` is a cell's side in inches."""
    k = len(classes)
    texts = np.array([[form.format(value) for value in row] for row in values])
    names = [wrapped(name, 16) for name in classes]
    sns.heatmap(
        values,
        ax=axes,
        annot=texts if k <= _MOST_NUMBERED else None,
        annot_kws={"size": 10 if k <= 4 else 8},
        cbar=False,
        cmap="Blues",
        fmt="",
        linewidths=0.6,
        square=True,
        vmax=most,
        vmin=0,
        xticklabels=names,
        yticklabels=names,
    )
    axes.tick_params(length=0, rotation=0)
    widest = max(len(line) for name in names for line in name.split("\n"))
    if widest * 0.08 > cell:  # inches a character takes
        axes.tick_params(axis="x", rotation=40)
        for label in axes.get_xticklabels():
            label.set(horizontalalignment="right", rotation_mode="anchor")


@style()
def roc(curves: pd.DataFrame, aucs: Mapping[str, float]) -> Figure:
    """ROC curves with the areas under them.

    Args:
        curves: Columns class, fpr, tpr; the class "macro" is drawn over the others.
        aucs: Area by class.

    Returns:
        One panel; a class without a curve is named in the legend.
    """
    figure = blank(4.6, 4.6) if len(aucs) == 1 else blank(6.6, 4.6)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=DOTTED, linewidth=1.2, label="chance, area 0.500")
    colours = sns.color_palette("colorblind", 6)
    for index, (name, area) in enumerate(aucs.items()):
        curve = curves[curves["class"] == name]
        told = "mean of the classes" if name == "macro" else wrapped(name, 24)
        label = f"{told}, area {area:.3f}" if len(curve) else f"{told}, not defined"
        look = {"color": colours[index % 6], "linestyle": "-" if index < 6 else DASHED}
        if name == "macro":
            look = {"color": "black", "linewidth": 2.4, "zorder": 3}
        axes.plot(curve["fpr"], curve["tpr"], label=label, **look)
    axes.set(xlabel="False positive rate (1 − specificity)", ylabel="True positive rate (sensitivity)")
    axes.set(title="ROC on the test set", aspect="equal", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    handles, labels = axes.get_legend_handles_labels()
    if len(aucs) == 1:
        axes.legend(handles[::-1], labels[::-1], loc="lower right")
    else:
        axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure
