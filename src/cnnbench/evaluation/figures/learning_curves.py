"""The learning curves of a training."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, VERMILION, blank, note, style

_TITLES = {"loss": "Loss", "accuracy": "Accuracy", "lr": "Learning rate"}
_WIDE = 30  # above this ratio of highest to lowest loss the axis is logarithmic, else its end is a flat line


@style()
def learning_curves(history: pd.DataFrame) -> Figure:
    """A panel each for the loss, the accuracy if any, and the learning rate if it changes.

    The epoch of the lowest validation loss is marked.

    Args:
        history: A row per epoch; columns epoch, loss, val_loss and, where they apply, accuracy, val_accuracy, lr,
            phase. The end of a first phase, of the head alone, is marked, too.
    """
    # A diverged training: an axis cannot end at infinity, and NaN is a gap in the line
    history = history.replace([np.inf, -np.inf], np.nan)
    names = [name for name in _TITLES if name in history]
    if "lr" in names and history["lr"].nunique() < 2:
        names.remove("lr")
    figure = blank(0.8 + 3.3 * len(names), 3.4)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        _panel(axes, history, name)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, history: pd.DataFrame, name: str) -> None:
    """Draws one quantity in training and, if measured, in validation."""
    epochs = history["epoch"]
    lines = [(name, BLUE, "training"), (f"val_{name}", VERMILION, "validation")]
    lines = [line for line in lines if line[0] in history]
    for column, colour, label in lines:
        marker = "o" if len(history) <= 30 else ""
        axes.plot(epochs, history[column], color=colour, marker=marker, markersize=3.5, label=label)
    if len(history) > 1 and history["val_loss"].notna().any():
        best = epochs.iloc[int(np.nanargmin(history["val_loss"]))]
        label = f"lowest validation loss, epoch {best}"
        axes.axvline(best, color=GREY, linestyle=DOTTED, linewidth=1.4, zorder=1, label=label)
    if "phase" in history:
        for last in epochs[history["phase"].ne(history["phase"].shift(-1))].iloc[:-1]:
            label = f"all layers from epoch {last + 1}"
            axes.axvline(last + 0.5, color=GREY, linewidth=1.4, alpha=0.6, zorder=1, label=label)
    format_axes(axes, _TITLES[name], epochs, history[[column for column, _, _ in lines]].to_numpy(float), name == "lr")


def format_axes(axes: Axes, title: str, epochs: pd.Series, values: NDArray[np.floating], log: bool = False) -> None:
    """Sets title and axes of a panel of curves over epochs; the axis is logarithmic for values of a wide range."""
    first, last = epochs.min(), epochs.max()
    margin = 0.5 if first == last else 0.03 * (last - first)
    axes.set(title=title, xlabel="Epoch", xlim=(first - margin, last + margin))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    values = values[np.isfinite(values)]
    if not values.size:
        note(axes, "no finite value")
    elif log or 0 < _WIDE * values.min() < values.max():
        axes.set(title=f"{title} (log scale)", yscale="log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(NullFormatter())
