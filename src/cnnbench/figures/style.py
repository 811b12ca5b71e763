"""The one style, and how a figure becomes a file.

Colours are those of seaborn's "colorblind", after Okabe and Ito, which colour-blind readers can tell apart;
where a figure needs more than six, dashes tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cnnbench.files import aside

BLUE, VERMILION, GREY, INK = "#0173B2", "#D55E00", "#8A8A8A", "#333333"
DOTTED = (0, (1, 2))
DASHED = (0, (4, 1.5))
_DPI = 110
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 3}

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine has it
    "font.size": 9,
    "grid.color": "#E8E8E8",
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.6,
    "savefig.bbox": "tight",
    "savefig.dpi": _DPI,
    "savefig.pad_inches": 0.12,
    "svg.hashsalt": "cnnbench",  # else the ids in an SVG are random
    "text.color": INK,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
}


_STAMPS = {".png": "Software", ".svg": "Date"}  # what matplotlib would write that differs from day to day


@contextmanager
def style() -> Iterator[None]:
    """Sets the one style, whatever a user's matplotlibrc says, for as long as it lasts."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def blank(width: float, height: float) -> Figure:
    """An empty figure of that many inches, which no window and no `pyplot` knows of."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def wrapped(name: str, width: int) -> str:
    """A name in lines of at most `width` characters where its spaces, hyphens and underscores allow it."""
    lines = [""]
    for part in re.findall(r"[^\s_-]+[\s_-]*|[\s_-]+", name):
        if lines[-1] and len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def shortened(name: str, width: int) -> str:
    """A name of at most `width` characters: its middle gives way, since names that start alike differ at the end."""
    if len(name) <= width:
        return name
    head = (width - 1) * 2 // 3
    return f"{name[:head]}…{name[head + 1 - width :]}"


def note(axes: Axes, text: str) -> None:
    """Says in the middle of an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=INK, bbox=_PAPER)


def save(figure: Figure, path: Path) -> None:
    """Writes a figure aside, renames it to `path` and clears it; the same figure gives the same bytes.

    Args:
        figure: Of this package.
        path: Ends in .png or .svg.

    Raises:
        ValueError: It ends in something else.
    """
    if path.suffix not in _STAMPS:
        raise ValueError(f"Expected a path that ends in .png or .svg, received {path}.")
    with style(), aside(path) as part:
        figure.savefig(part, metadata={_STAMPS[path.suffix]: None})
    figure.clear()
