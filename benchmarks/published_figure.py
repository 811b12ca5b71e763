"""A picture of what `published.py` has measured: a panel per data set, a line per network, protocol and recipe."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from published_plans import everything

from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, INK, PALETTE, VERMILION, blank, style

COLOURS = {"published": BLUE, "tuned": VERMILION, "published, no augmentation": GREY}
OTHER = PALETTE[2]
COLUMNS = 2


@style()
def draw(headlines: pd.DataFrame) -> Figure:
    """Draws the metrics that stand for the runs.

    Args:
        headlines: Lines of summary.csv, one of each run, protocol and recipe.

    Returns:
        A figure of two columns of panels, with a dotted line where the source states a figure on test data.
    """
    panels = [rows for _, rows in headlines.groupby(headlines["run"].str.split("-").str[0])]
    grid = [panels[start : start + COLUMNS] for start in range(0, len(panels), COLUMNS)]
    heights = [max(map(len, row)) + 2.5 for row in grid]
    figure = blank(11, 0.27 * sum(heights) + 0.4)
    axes = figure.subplots(len(grid), COLUMNS, squeeze=False, height_ratios=heights)
    for panel in axes.flat[len(panels) :]:
        panel.set_axis_off()
    for panel, rows in zip(axes.flat, panels, strict=False):
        _panel(panel, rows)
    found = [recipe for recipe in COLOURS if recipe in set(headlines["recipe"])]
    handles = [Line2D([], [], color=COLOURS[recipe], marker="o", label=f"{recipe} recipe") for recipe in found]
    if len(found) < headlines["recipe"].nunique():
        handles.append(Line2D([], [], color=OTHER, marker="o", label="another, named at the line"))
    handles.append(Line2D([], [], color=INK, linestyle=DOTTED, label="figure of the source"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    """One data set: intervals from top to bottom."""
    networks = rows["run"].str.split("-", n=1).str[1]
    several, sizes = len(set(networks)) > 1, len(set(rows["size"])) > 1
    for place, (row, network) in enumerate(zip(rows.itertuples(), networks, strict=True)):
        colour = COLOURS.get(row.recipe, OTHER)
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2.2, solid_capstyle="round")
        axes.plot(row.value, place, "o", color=colour, markersize=6, markeredgecolor="white")
        label = f"{network}, {row.protocol}" if several else row.protocol
        label += "" if row.recipe in COLOURS else f", {row.recipe}"
        label += f", {row.size.split('x')[0]} px" if sizes else ""
        axes.text(-0.02, place, label, transform=axes.get_yaxis_transform(), ha="right", va="center")
    run, size, metric = rows[["run", "size", "metric"]].iloc[0]
    source = everything()["runs"][run].get("published") or {}
    if source.get("metric") == metric:
        axes.axvline(source["value"], color=INK, linestyle=DOTTED, linewidth=1.2, zorder=1)
    axes.set(ylim=(len(rows) - 0.4, -0.6), yticks=[], xlabel="RMSE" if metric == "rmse" else "accuracy")
    axes.set_title(run.split("-")[0] if sizes else f"{run.split('-')[0]}, {size}")
    if metric != "rmse":
        low = math.floor(20 * rows["low"].min()) / 20
        axes.set_xlim(low, min(1.0, math.ceil(20 * rows["high"].max()) / 20))
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter("{x:.0%}")
