"""ROC curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnbench.evaluation.figures.style import DASHES, DOTTED, GREY, INK, PALETTE, blank, fit, note, shorten, style

_CROWDED = 0.97  # mean area; above it the curves crowd in the upper left corner, which is then enlarged
_LETTER = 0.07  # inches of a letter of the legend
_MOST_BANDS = 5  # more would hide one another


class Line(NamedTuple):
    """A curve of a panel.

    Attributes:
        name: In the legend.
        curve: Columns fpr, tpr and, for a band, tpr_low and tpr_high; no rows where there is no curve.
        area: The area under it, alone or followed by the ends of its interval.
        style: Keywords of `Axes.plot`.
    """

    name: str
    curve: pd.DataFrame
    area: Sequence[float]
    style: Mapping[str, Any]


@style()
def roc(curves: pd.DataFrame, aucs: Mapping[str, float], area: Sequence[float] | None = None) -> Figure:
    """ROC curves with the areas under them, and a band round the main one.

    Args:
        curves: Columns class, fpr, tpr and, for a band, tpr_low and tpr_high; the class "macro" is drawn on top.
        aucs: Area by class, in the order of the legend; the last is the main one.
        area: The last one again, with the ends of its interval; None where the interval is not known.

    Returns:
        One panel. A class without a curve is named in the legend; where the mean area is above 0.97, an inset enlarges
        the upper left corner.
    """
    lines = []
    for index, (name, value) in enumerate(aucs.items()):
        again, shade = divmod(index, len(PALETTE))
        label = fit(name, 24)
        line_style: dict[str, Any] = {"color": PALETTE[shade], "linestyle": DASHES[again % len(DASHES)]}
        if name == "macro":
            label, line_style = "mean of the classes", {"color": INK, "linewidth": 2.4, "zorder": 3}
        lines.append(Line(label, curves[curves["class"] == name], [value], line_style))
    if area is not None:
        lines[-1] = lines[-1]._replace(area=area)
    if "macro" in aucs:
        lines.insert(0, lines.pop())
    # of two classes the one curve is of the positive one
    positive = next(iter(aucs)) if len(aucs) == 1 else ""
    return draw_curves(lines, "No curve: the test set has one class,\nor a score is not a number.", positive)


def draw_curves(lines: Sequence[Line], none: str, positive: str = "") -> Figure:
    """Draws curves in the order of the legend; call it within `style`.

    Args:
        lines: The curves.
        none: A note for where no line has a curve.
        positive: Of two classes, the one that the curves are of.
    """
    of_class = f" of {shorten(positive, 24)}" if positive else ""
    labels = [f"{line.name}, {_describe_area(line)}" for line in lines]
    longest = max((len(row) for label in labels for row in label.split("\n")), default=0)
    figure = blank(4.7 + _LETTER * longest, 4.4)  # beside the panel, the legend
    axes = figure.subplots()
    _draw(axes, lines, labels)
    if 0 < _banded(lines) <= _MOST_BANDS:
        axes.fill_between([], [], color=GREY, alpha=0.4, linewidth=0, label="95 % band")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=DOTTED, linewidth=1.2, zorder=1, label="chance, area 0.500")
    axes.set(xlabel=f"False positive rate{of_class} (1 − specificity)")
    axes.set(ylabel=f"True positive rate{of_class} (sensitivity)")
    axes.set(title=f"ROC{of_class} on the test set", aspect="equal", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    if all(line.curve.empty for line in lines):
        note(axes, none)
    elif np.nanmean([line.area[0] for line in lines]) > _CROWDED:
        inset = axes.inset_axes((0.36, 0.2, 0.58, 0.58))
        _draw(inset, lines, labels)
        inset.set(xlim=(-0.002, 0.2), ylim=(0.8, 1.002), xticks=[0, 0.1, 0.2], yticks=[0.8, 0.9, 1])
        inset.spines[:].set(visible=True, color=GREY)
        inset.set_title("upper left corner, enlarged", fontsize=8.5, pad=4)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _draw(axes: Axes, lines: Sequence[Line], labels: Sequence[str]) -> None:
    """Draws the lines and, unless they are many, their bands."""
    banded = _banded(lines) <= _MOST_BANDS
    for line, label in zip(lines, labels, strict=True):
        axes.plot(line.curve["fpr"], line.curve["tpr"], label=label, **line.style)
        if banded and "tpr_low" in line.curve:
            ends = line.curve["tpr_low"], line.curve["tpr_high"]
            axes.fill_between(line.curve["fpr"], *ends, color=line.style["color"], alpha=0.15, linewidth=0)


def _banded(lines: Sequence[Line]) -> int:
    """The number of lines with a band."""
    return sum("tpr_low" in line.curve and bool(line.curve["tpr_low"].notna().any()) for line in lines)


def _describe_area(line: Line) -> str:
    """The area in three decimals, as 1 only where it is exactly 1, with its interval if any."""
    if line.curve.empty:
        return "not defined"
    area, *ends = line.area
    interval = f" ({ends[0]:.3f} to {ends[1]:.3f})" if len(ends) == 2 and np.isfinite(ends).all() else ""
    return f"area {'> 0.999' if 0.9995 <= area < 1 else f'{area:.3f}'}{interval}"
