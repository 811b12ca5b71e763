"""The critical-difference diagram: average ranks over data sets, and groups of ties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import BLUE, GREY, INK, blank, shorten, style

_LETTERS = 34  # of a name
_ALPHA = 0.05


@style()
def critical_difference(ranks: NDArray[np.floating], p: NDArray[np.floating], networks: Sequence[str]) -> Figure:
    """A dot per network at its average rank; a bar joins those that cannot be told apart.

    J. Demšar, JMLR 7 (2006). It shows tests for each pair, not one critical distance.

    Args:
        ranks: Average rank of each network, 1 is best, shape (k,).
        p: Adjusted p of no difference for each pair, symmetric, shape (k, k); NaN counts as no difference.
        networks: Names of the k networks.

    Returns:
        One panel, the best at the left.
    """
    k = len(networks)
    # stable: else equal ranks come in an order that NumPy does not promise.
    order = np.argsort(ranks, kind="stable")
    places, names = ranks[order], [shorten(networks[index], _LETTERS) for index in order]
    figure = blank(7.6, 1.1 + 0.26 * k)
    axes = figure.subplots()
    # A pair without a test cannot be told apart, so it is joined.
    depth = _draw_bars(axes, places, np.nan_to_num(p[np.ix_(order, order)], nan=1.0) >= _ALPHA)
    margin = 0.04 * max(1.0, float(np.ptp(ranks)))
    left = (k + 1) // 2
    for place, (rank, name) in enumerate(zip(places, names, strict=True)):
        at_left = place < left
        x = places[0] - margin if at_left else places[-1] + margin
        y = -depth - 1 - (place if at_left else k - 1 - place)
        axes.plot([x, rank, rank], [y, y, 0], color=INK, linewidth=1.0)
        axes.scatter(rank, 0, color=BLUE, s=26, zorder=3)
        text = f"{name} ({rank:.2f}) " if at_left else f" ({rank:.2f}) {name}"
        axes.text(x, y, text, ha="right" if at_left else "left", va="center", size=9, color=INK)
    _leave_a_scale(axes)
    return figure


def find_groups(alike: NDArray[np.bool_]) -> list[list[int]]:
    """The largest groups of which each two are alike, those of one left out: maximal cliques.

    C. Bron and J. Kerbosch, CACM 16 (1973), with the pivot of E. Tomita and others, Theor. Comput. Sci. 363 (2006):
    without it thirty networks that are all alike take a thousand million steps.
    """
    near = [{int(other) for other in np.flatnonzero(row)} - {place} for place, row in enumerate(alike)]

    def grow(group: set[int], could: set[int], seen: set[int]) -> Iterator[list[int]]:
        if not could and not seen:
            yield sorted(group)
            return
        # a group without the pivot has one that is not like it, else it would not be the largest
        pivot = max(sorted(could | seen), key=lambda place: len(could & near[place]))
        for place in sorted(could - near[pivot]):
            yield from grow(group | {place}, could & near[place], seen & near[place])
            could, seen = could - {place}, seen | {place}

    return sorted(group for group in grow(set(), set(range(len(near))), set()) if len(group) > 1)


def _draw_bars(axes: Axes, places: NDArray[np.floating], alike: NDArray[np.bool_]) -> int:
    """Draws a bar for each group, below each other where they would meet; returns how many are below each other."""
    ends: list[float] = []  # of the last bar at each height
    for group in find_groups(alike):
        low, high = float(places[group[0]]), float(places[group[-1]])
        level = next((number for number, end in enumerate(ends) if low > end), len(ends))
        ends[level : level + 1] = [high]
        y = -level - 1
        axes.plot([low, high], [y, y], color=GREY, linewidth=4, solid_capstyle="butt", zorder=2)
    return len(ends)


def _leave_a_scale(axes: Axes) -> None:
    """Leaves of the frame a scale of ranks at the top."""
    axes.yaxis.set_visible(False)
    for side in ("left", "bottom", "right"):
        axes.spines[side].set_visible(False)
    axes.xaxis.set_ticks_position("top")
    axes.spines["top"].set(visible=True, color=GREY)
    axes.spines["top"].set_position("zero")
    axes.grid(visible=False)
    axes.tick_params(axis="x", direction="out", labelsize=8.5)
    axes.set_title("Average rank (1 is best)", pad=24, loc="center")
