"""ROC curves: how well scores part the classes, whatever the threshold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnbench.figures.style import DASHED, DOTTED, GREY, blank, note, style, wrapped

_CROWDED = 0.97  # area above which curves are seen in the upper left corner only, so that is enlarged


@style()
def roc(curves: pd.DataFrame, aucs: Mapping[str, float]) -> Figure:
    """ROC curves with the areas under them.

    Args:
        curves: Columns class, fpr, tpr; the class "macro" is drawn over the others.
        aucs: Area by class, in the order of the legend.

    Returns:
        One panel. A class without a curve is named in the legend; where the areas are above 0.97 on average,
        an inset enlarges the corner in which the curves lie.
    """
    figure = blank(6.4, 4.4)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=DOTTED, linewidth=1.2, label="chance, area 0.500")
    _draw(axes, curves, aucs)
    axes.set(xlabel="False positive rate (1 − specificity)", ylabel="True positive rate (sensitivity)")
    axes.set(title="ROC on the test set", aspect="equal", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    if curves.empty:
        note(axes, "No curve: the test set has one class,\nor a score is not a number.")
    elif np.nanmean(list(aucs.values())) > _CROWDED:
        inset = axes.inset_axes((0.36, 0.2, 0.58, 0.58))
        _draw(inset, curves, aucs)
        inset.set(xlim=(-0.002, 0.2), ylim=(0.8, 1.002), xticks=[0, 0.1, 0.2], yticks=[0.8, 0.9, 1])
        inset.spines[:].set(visible=True, color=GREY)
        inset.set_title("upper left corner, enlarged", fontsize=8.5, pad=4)
    handles, labels = axes.get_legend_handles_labels()
    # The mean of the classes, last drawn, is first read; chance comes last.
    order = [*([len(labels) - 1] if "macro" in aucs else []), *range(1, len(labels) - ("macro" in aucs)), 0]
    axes.legend([handles[i] for i in order], [labels[i] for i in order], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _draw(axes: Axes, curves: pd.DataFrame, aucs: Mapping[str, float]) -> None:
    """One line per class."""
    colours = sns.color_palette("colorblind", 6)
    for index, (name, area) in enumerate(aucs.items()):
        curve = curves[curves["class"] == name]
        told = "mean of the classes" if name == "macro" else wrapped(name, 24)
        label = f"{told}, area {_three(area)}" if len(curve) else f"{told}, not defined"
        look = {"color": colours[index % 6], "linestyle": "-" if index < 6 else DASHED}
        if name == "macro":
            look = {"color": "black", "linewidth": 2.4, "zorder": 3}
        axes.plot(curve["fpr"], curve["tpr"], label=label, **look)


def _three(area: float) -> str:
    """An area to three places, which reads as 1 only where it is."""
    return "> 0.999" if 0.9995 <= area < 1 else f"{area:.3f}"
