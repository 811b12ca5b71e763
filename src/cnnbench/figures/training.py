"""How a training went."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnbench.figures.style import BLUE, DOTTED, GREY, VERMILION, blank, style


@style()
def learning_curves(history: pd.DataFrame) -> Figure:
    """Loss, accuracy where there is one, and the learning rate where it changes, epoch by epoch.

    Args:
        history: A row per epoch; columns epoch, loss, val_loss and, where they apply, accuracy, val_accuracy, lr.

    Returns:
        A panel for each; the epoch of the lowest validation loss is marked. A loss that spans more than a factor of 30
        is on a logarithmic axis.
    """
    names = ["loss"]
    names += ["accuracy"] if "accuracy" in history else []
    names += ["lr"] if "lr" in history and history["lr"].nunique() > 1 else []
    figure = blank(0.8 + 3.4 * len(names), 3.3)
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        _panel(axes, history.replace([np.inf, -np.inf], np.nan), name)
    figure.axes[0].legend()
    return figure


def _panel(axes: Axes, history: pd.DataFrame, name: str) -> None:
    """One quantity over the epochs, in training and, where it was measured, in validation."""
    marker = "o" if len(history) <= 30 else ""
    shown = [(name, BLUE, "training"), (f"val_{name}", VERMILION, "validation")]
    shown = [line for line in shown if line[0] in history]
    for column, colour, label in shown:
        axes.plot(history["epoch"], history[column], color=colour, marker=marker, markersize=3.5, label=label)
    if history["val_loss"].notna().any() and len(history) > 1:
        best = history["epoch"][history["val_loss"].idxmin()]
        axes.axvline(
            best, color=GREY, linestyle=DOTTED, linewidth=1.2, zorder=1, label=f"lowest validation loss (epoch {best})"
        )
    values = history[[column for column, _, _ in shown]].to_numpy(float)
    values = values[np.isfinite(values)]
    title = {"loss": "Loss", "accuracy": "Accuracy", "lr": "Learning rate"}[name]
    logarithmic = name == "lr" or (values.size > 0 and 0 < 30 * values.min() < values.max())
    if logarithmic:
        axes.set_yscale("log")
    axes.set(title=f"{title} (log scale)" if logarithmic else title, xlabel="Epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
