"""The reliability diagram."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, VERMILION, blank, note, style


@style()
def reliability(bins: pd.DataFrame) -> Figure:
    """Accuracy against the score of the predicted class, and below it the number of predictions.

    Args:
        bins: Of the predicted class's score: columns low, high, n, score, right, from `calibration.reliability`.

    Returns:
        Two panels with a common axis. A bar reaches up to the accuracy in its bin, a line joins it to the mean score on
        the diagonal of a calibrated network; bins without an example have none.
    """
    figure = blank(4.6, 5.4)
    shares, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
    held = bins[bins["n"] > 0]
    width = bins["high"] - bins["low"]
    middle = bins["low"] + width / 2
    edge = {"linewidth": 0.6, "edgecolor": "white"}
    shares.bar(middle[held.index], held["right"], width[held.index], color=BLUE, alpha=0.6, label="share right", **edge)
    shares.plot([0, 1], [0, 1], color=GREY, linestyle=DOTTED, linewidth=1.2, label="calibrated")
    gaps = {"colors": VERMILION, "linewidth": 1.6, "label": "gap to the mean score"}
    shares.vlines(held["score"], held[["score", "right"]].min(axis=1), held[["score", "right"]].max(axis=1), **gaps)
    shares.set(title="Reliability on the test set", ylabel="Share right", xlim=(0, 1), ylim=(0, 1.02))
    shares.legend(loc="upper left")
    counts.bar(middle, bins["n"], width, color=BLUE, alpha=0.6, **edge)
    counts.set(xlabel="Score of the predicted class", ylabel="Test examples")
    if held.empty:
        note(shares, "No score is a finite number.")
    return figure
