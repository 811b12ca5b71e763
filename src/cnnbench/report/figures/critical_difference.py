"""The critical-difference diagram: average ranks over data sets, and groups of ties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import BLUE, GREY, INK, blank, shorten, style

_LETTERS = 34  # of a name


@style()
def critical_difference(ranks: NDArray[np.floating], p: NDArray[np.floating], networks: Sequence[str]) -> Figure:
    """A dot per network at its average rank; a bar joins those that cannot be told apart.

    J. Demšar, JMLR 7 (2006); scikit-posthocs draws it. It shows tests for each pair, not one critical distance.

    Args:
        ranks: Average rank of each network, 1 is best, shape (k,).
        p: Adjusted p of no difference for each pair, symmetric, shape (k, k); NaN counts as no difference.
        networks: Names of the k networks.

    Returns:
        One panel, the best at the left.
    """
    import pandas as pd
    from scikit_posthocs import critical_difference_diagram

    k = len(networks)
    # stable: else equal ranks come in an order that NumPy does not promise.
    order = np.argsort(ranks, kind="stable")
    # Numbers for names: the library keeps sets of them, and the order of a set of strings differs from run to run.
    drawn = pd.Series(ranks[order] + np.arange(k) * 1e-9)  # its sort is not stable
    # A pair without a test cannot be told apart, so it is joined.
    matrix = pd.DataFrame(np.nan_to_num(p[np.ix_(order, order)], nan=1.0))
    figure = blank(7.6, 1.1 + 0.26 * k)
    axes = figure.subplots()
    line: dict[str, Any] = {"color": INK, "linewidth": 1.0}
    made = critical_difference_diagram(
        drawn,
        matrix,
        ax=axes,
        label_fmt_left="{label}",
        label_fmt_right="{label}",
        label_props={"size": 9},
        marker_props={"color": BLUE, "s": 26},
        elbow_props=line,
        crossbar_props={"color": GREY, "linewidth": 4, "solid_capstyle": "butt", "zorder": 2},
        text_h_margin=0.04 * max(1.0, float(np.ptp(ranks))),
    )
    for text in made["labels"]:
        place = int(text.get_text())  # the library knows the networks by number
        name, rank = shorten(networks[order[place]], _LETTERS), f"({ranks[order[place]]:.2f})"
        text.set_text(f" {rank} {name}" if text.get_ha() == "left" else f"{name} {rank} ")
        text.set_color(INK)
    axes.grid(visible=False)
    axes.spines["top"].set(visible=True, color=GREY)
    axes.tick_params(axis="x", direction="out", labelsize=8.5)
    axes.set_title("Average rank (1 is best)", pad=24, loc="center")
    return figure
