"""The figures of several runs of one data set, each in the colour of its network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.heatmap import draw_cells, matrix_side, row_shares
from cnnbench.evaluation.figures.learning_curves import format_axes
from cnnbench.evaluation.figures.roc import Line, draw_curves
from cnnbench.evaluation.figures.style import DASHES, blank, percent, shorten, style

_LETTERS = 34  # of a run's name
_ACROSS = 4  # matrices in a row


@style()
def roc_curves(
    curves: Mapping[str, pd.DataFrame],
    aucs: Mapping[str, Sequence[float]],
    colours: Mapping[str, str],
    positive: str = "",
) -> Figure:
    """The curve that stands for each run, with its band where there are at most five.

    Args:
        curves: By run: columns fpr, tpr and, where there is a band, tpr_low, tpr_high; no row where there is no curve.
        aucs: By run: the area and the ends of its interval.
        colours: By run; runs that share one differ in their dashes.
        positive: Of two classes, the one that the curves are of.

    Returns:
        One panel; where the areas are above 0.97 on average, an inset enlarges the corner in which the curves lie.
    """
    styles = _line_styles(colours)
    lines = [Line(shorten(run, _LETTERS), curve, aucs[run], styles[run]) for run, curve in curves.items()]
    return draw_curves(lines, "No run has a curve.", positive)


@style()
def confusion_matrices(matrices: Mapping[str, NDArray[np.integer]], classes: Sequence[str]) -> Figure:
    """Confusion matrices side by side, four to a row, as shares of the actual class.

    Args:
        matrices: By run: counts, a row per true class and a column per predicted one, shape (k, k).
        classes: Names of the k classes.

    Returns:
        A heat map per run.
    """
    down = -(-len(matrices) // _ACROSS)
    across = -(-len(matrices) // down)  # five are 3 + 2, not 4 + 1
    side = max(2.2, 0.8 * matrix_side(len(classes)))
    figure = blank(across * (side + 0.1) + 1.2, down * (side + 0.3) + 1.0)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    # strict=False: the grid may have cells left over.
    for place, (axes, (run, matrix)) in enumerate(zip(grid, matrices.items(), strict=False)):
        shares = row_shares(matrix)
        draw_cells(axes, shares, [[percent(share) for share in row] for row in shares], classes, side)
        axes.set_title(shorten(run, int(side / 0.09)))
        axes.tick_params(labelleft=place % across == 0, labelbottom=place + across >= len(matrices))
    for axes in grid[len(matrices) :]:
        axes.set_axis_off()
    figure.supxlabel("Predicted class", size="medium")
    figure.supylabel("Actual class", size="medium")
    return figure


@style()
def learning_curves(histories: Mapping[str, pd.DataFrame], colours: Mapping[str, str]) -> Figure:
    """Loss and, where there is one, accuracy of several runs, in training and in validation.

    Args:
        histories: By run: a row per epoch; columns epoch, loss, val_loss and, where they apply, accuracy, val_accuracy.
        colours: By run; runs that share one differ in their dashes.

    Returns:
        A row of two panels for each, which share their axes.
    """
    styles = _line_styles(colours)
    # A training that diverged has infinite losses, for which no axis has room.
    histories = {run: history.replace([np.inf, -np.inf], np.nan) for run, history in histories.items()}
    table = pd.concat(histories.values())
    names = [name for name in ("loss", "accuracy") if name in table]
    figure = blank(7.2, 0.5 + 2.6 * len(names) + 0.2 * -(-len(histories) // 3))
    for row, name in zip(figure.subplots(len(names), 2, sharex=True, sharey="row", squeeze=False), names, strict=True):
        values = table[[name, f"val_{name}"]].to_numpy(float)
        for axes, column, part in zip(row, (name, f"val_{name}"), ("training", "validation"), strict=True):
            for run, history in histories.items():
                marker = "o" if len(history) == 1 else ""  # a line through one point is not seen
                label = shorten(run, _LETTERS)
                axes.plot(history["epoch"], history[column], label=label, marker=marker, **styles[run])
            format_axes(axes, f"{name.capitalize()}, {part}", table["epoch"], values)
            axes.label_outer()
    # Every panel has the same lines: one legend for all.
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels)))
    return figure


def _line_styles(colours: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The line of each run: its colour, and for each further run of that colour other dashes."""
    seen: Counter[str] = Counter()
    styles = {}
    for run, colour in colours.items():
        styles[run] = {"color": colour, "linestyle": DASHES[seen[colour] % len(DASHES)]}
        seen[colour] += 1
    return styles
