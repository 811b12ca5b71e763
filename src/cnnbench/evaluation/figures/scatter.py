"""The predictions of a regression against its targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, VERMILION, blank, note, style

_DOTS: dict[str, Any] = {"color": BLUE, "s": 22, "alpha": 0.6, "linewidths": 0}
_NONE = "No prediction is a finite number."


@style()
def true_vs_predicted(targets: NDArray[np.floating], predictions: NDArray[np.floating], unit: str) -> Figure:
    """A scatter plot of predicted against true values, shape (n,), with the line of perfect predictions.

    Examples with a prediction that is not finite are left out.
    """
    figure = blank(4.6, 4.6)
    axes = figure.subplots()
    targets, predictions = _finite(targets, predictions)
    both = np.concatenate([targets, predictions])
    low, high = (both.min(), both.max()) if both.size else (0.0, 1.0)
    # If all values are equal, the axis still needs a length
    margin = 0.04 * (high - low) or 0.5
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=GREY, linestyle=DOTTED, linewidth=1.2, label="perfect prediction")
    axes.scatter(targets, predictions, label="test example", **_DOTS)
    axes.set(title="True against predicted", aspect="equal", xlim=ends, ylim=ends)
    axes.set(xlabel=_add_unit("True value", unit), ylabel=_add_unit("Predicted value", unit))
    axes.legend(loc="upper left")
    if not targets.size:
        note(axes, _NONE)
    return figure


@style()
def residuals(targets: NDArray[np.floating], predictions: NDArray[np.floating], unit: str) -> Figure:
    """Residuals, predicted minus true, against the prediction and as a histogram; arguments as `true_vs_predicted`."""
    figure = blank(6.6, 3.6)
    dots, bars = figure.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    targets, predictions = _finite(targets, predictions)
    missed = predictions - targets
    dots.scatter(predictions, missed, **_DOTS)
    bars.hist(missed, "auto", orientation="horizontal", color=BLUE, alpha=0.6, linewidth=0.6, edgecolor="white")
    for axes in (dots, bars):
        axes.axhline(0, color=GREY, linestyle=DOTTED, linewidth=1.2)
    if missed.size:
        bars.axhline(
            missed.mean(), color=VERMILION, linewidth=1.4, label=f"mean {missed.mean():+.2f}".replace("-", "−")
        )
        bars.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    else:
        note(dots, _NONE)
    dots.set(
        title="Residuals", xlabel=_add_unit("Predicted value", unit), ylabel=_add_unit("Predicted minus true", unit)
    )
    bars.set(title="How often", xlabel="Test examples")
    return figure


def _finite(
    targets: NDArray[np.floating], predictions: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both in float64, without the examples of predictions that are not finite."""
    kept = np.isfinite(predictions)
    return targets[kept].astype(np.float64), predictions[kept].astype(np.float64)


def _add_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
