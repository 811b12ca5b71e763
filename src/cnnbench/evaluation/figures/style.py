"""The one style of all figures, and how a figure is saved.

Colours and grid are those of seaborn's "colorblind", after Okabe and Ito, which colour-blind readers can distinguish,
and "whitegrid"; a figure with more lines repeats them with other dashes. Not from seaborn itself, which imports all of
scipy.stats.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from cnnbench.core.files import aside
from cnnbench.core.printable import printable

# Without its grey, which means chance here, and the two that are too pale for a line on white
PALETTE = ("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#56b4e9")
BLUE, VERMILION, GREY, INK = PALETTE[0], PALETTE[3], "#8A8A8A", "#262626"
DOTTED = (0, (1, 2))
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (6, 1.5, 1, 1.5)), (0, (1.5, 1)))  # of lines that share a colour
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 3}

_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.6,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine has it
    "font.size": 9.6,
    "grid.color": "#E8E8E8",
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4.8,
    "lines.solid_capstyle": "round",
    "savefig.bbox": "tight",
    "savefig.dpi": 110,
    "savefig.pad_inches": 0.12,
    "svg.hashsalt": "cnnbench",  # else the ids in an SVG are random
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a class name is one
    **{f"{axis}tick.{key}": value for axis in "xy" for key, value in (("color", INK), ("labelsize", 8.8))},
    "xtick.bottom": False,
    "ytick.left": False,
}
_STAMPS = {".png": "Software", ".svg": "Date"}  # metadata of matplotlib that differs from day to day


@contextmanager
def style() -> Iterator[None]:
    """Sets the style within the block or the decorated function, whatever the user's matplotlibrc."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def blank(width: float, height: float) -> Figure:
    """An empty figure, sizes in inches, without a window and unknown to `pyplot`."""
    figure = Figure(figsize=(width, height))
    # Not pyplot, which would keep every figure in memory until it is closed
    FigureCanvasAgg(figure)
    return figure


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure and empty axes over all of a figure, in inches, y downwards, for what knows its place."""
    figure = blank(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure, axes


def draw_pixels(
    axes: Axes,
    pixels: NDArray[Any],
    place: tuple[float, float, float, float],
    top: float,
    sharp: int,
    frame: str = GREY,
    width: float = 0.5,
) -> None:
    """Draws an image with a frame, without which a white one would be invisible.

    Args:
        axes: Whose y axis points downwards.
        pixels: Shape (height, width), or (height, width, 1 or 3).
        place: Left, upper edge, width and height in the axes.
        top: The white of a grey image; 0 is black.
        sharp: Pixels of a side up to which each is drawn as a square, not interpolated, and the file stays small.
        frame: Its colour.
        width: Of its line.
    """
    x, y, right, below = place[0], place[1], place[0] + place[2], place[1] + place[3]
    grey = pixels[:, :, 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    how = "nearest" if max(pixels.shape[:2]) <= sharp else "antialiased"
    axes.imshow(grey, "gray", vmin=0, vmax=top, extent=(x, right, below, y), interpolation=how, aspect="auto")
    axes.add_patch(Rectangle((x, y), *place[2:], fill=False, edgecolor=frame, linewidth=width))


def wrap(name: str, width: int) -> str:
    """Breaks a name at spaces, hyphens and underscores into lines of at most `width` characters, if they allow it."""
    lines = [""]
    # a control character is no XML, not even in an SVG's comments
    for part in re.findall(r"[^\s_-]+[\s_-]*|[\s_-]+", printable(name)):
        if lines[-1] and len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def shorten(name: str, width: int) -> str:
    """Shortens a name to `width` characters, in the middle, since names with the same start differ at the end."""
    name = printable(name)
    if len(name) <= width:
        return name
    head = (width - 1) * 2 // 3
    return f"{name[:head]}…{name[head + 1 - width :]}"


def fit(name: str, width: int) -> str:
    """Breaks and shortens a name to a few lines of at most `width` characters, words without a break included."""
    return "\n".join(shorten(line, width) for line in wrap(shorten(name, 4 * width), width).split("\n"))


def percent(share: float) -> str:
    """A share in percent; only exactly 0 and 1 read as 0% and 100%."""
    if 0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def note(axes: Axes, text: str) -> None:
    """Writes into an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=INK, bbox=_PAPER)


def colours(networks: Iterable[str]) -> dict[str, str]:
    """A hex colour for each network by name, the same for the same set of names; from the eighth on they repeat."""
    return {name: PALETTE[index % len(PALETTE)] for index, name in enumerate(sorted(set(networks)))}


def save(figure: Figure, path: Path) -> None:
    """Writes a figure, and clears it: a drawing as .svg, which is sharp at any size, a picture of pixels as .png.

    The same figure gives the same bytes.

    Raises:
        ValueError: The path has another suffix.
    """
    if path.suffix not in _STAMPS:
        raise ValueError(f"Expected a path that ends in .png or .svg, received {path}.")
    # Once more: resolution, margins and the SVG's salt are read when a figure is saved
    with style(), aside(path) as part:
        figure.savefig(part, metadata={_STAMPS[path.suffix]: None})
    figure.clear()
