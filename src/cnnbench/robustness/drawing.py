"""The figures of a run on corrupted images: a metric against the strength, and an image under each corruption."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from cnnbench.data.records.reader import Examples
from cnnbench.evaluation import figures
from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, blank, style
from cnnbench.metrics import lookup
from cnnbench.robustness.kinds import STRENGTHS, corrupt
from cnnbench.runs.corruption_files import CURVES, IMAGES, describe

_COLUMNS = 4
_SHOWN = (1, 3, 5)  # strengths in the picture


def draw(out: Path, table: pd.DataFrame, headline: str, examples: Examples) -> None:
    """Writes both.

    Args:
        out: The folder.
        table: As corruptions.csv.
        headline: The metric that is drawn.
        examples: The test images, of which the first is shown.
    """
    shown = table[(table["metric"] == headline) & table["strength"].isin(STRENGTHS)]
    figures.save(curves(shown, headline), out / CURVES)
    image, name = examples.gather([0])[0], str(examples.ids[0])
    kinds = list(dict.fromkeys(shown["corruption"]))
    pictures = [
        (
            image if not strength else corrupt(image, kind, strength, name),
            f"{describe(kind)} {strength}" if strength else "clean",
        )
        for kind in kinds
        for strength in (0, *_SHOWN)
    ]
    figures.save(figures.samples([one for one, _ in pictures], [words for _, words in pictures]), out / IMAGES)


@style()
def curves(rows: pd.DataFrame, metric: str) -> Figure:
    """A panel per corruption: the metric with its 95 % interval at each strength; dotted, the clean figure."""
    kinds = list(dict.fromkeys(rows["corruption"]))
    lines = -(-len(kinds) // _COLUMNS)
    figure = blank(1.1 + 2.1 * min(_COLUMNS, len(kinds)), 0.4 + 2.0 * lines)
    panels = figure.subplots(lines, min(_COLUMNS, len(kinds)), squeeze=False, sharex=True, sharey=True).ravel()
    for panel, kind in zip(panels, kinds, strict=False):
        found = rows[rows["corruption"] == kind]
        strengths = found["strength"].astype(int)
        panel.axhline(found["clean"].iloc[0], color=GREY, linestyle=DOTTED, linewidth=1.4, zorder=1)
        panel.fill_between(strengths, found["low"], found["high"], color=BLUE, alpha=0.2, linewidth=0)
        panel.plot(strengths, found["value"], color=BLUE, marker="o", markersize=3.5)
        panel.set(title=describe(kind), xticks=STRENGTHS)
    for panel in panels[len(kinds) :]:
        panel.set_axis_off()
    figure.supxlabel("Strength", size=9.6)
    figure.supylabel(lookup.find(metric).label, size=9.6)
    return figure
