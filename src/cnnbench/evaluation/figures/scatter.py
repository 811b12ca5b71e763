"""How far a regression's predictions lie from the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.style import BLUE, DOTTED, GREY, VERMILION, blank, note, style

_DOTS: dict[str, Any] = {"color": BLUE, "s": 22, "alpha": 0.6, "linewidths": 0}
_NONE = "No prediction is a finite number."


@style()
def true_vs_predicted(targets: NDArray[np.floating], predictions: NDArray[np.floating], unit: str) -> Figure:
    """Each test example as a dot: its true value against the predicted one.

    Args:
        targets: True values, shape (n,).
        predictions: Predicted values, shape (n,); those that are not finite are left out.
        unit: Of both, for the axes.

    Returns:
        One square panel with the line on which a perfect prediction lies.
    """
    figure = blank(4.6, 4.6)
    axes = figure.subplots()
    targets, predictions = _finite(targets, predictions)
    both = np.concatenate([targets, predictions])
    low, high = (both.min(), both.max()) if both.size else (0.0, 1.0)
    margin = 0.04 * (high - low) or 0.5
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, color=GREY, linestyle=DOTTED, linewidth=1.2, label="perfect prediction")
    axes.scatter(targets, predictions, label="test example", **_DOTS)
    axes.set(title="True against predicted", aspect="equal", xlim=ends, ylim=ends)
    axes.set(xlabel=_with("True value", unit), ylabel=_with("Predicted value", unit))
    axes.legend(loc="upper left")
    if not targets.size:
        note(axes, _NONE)
    return figure


@style()
def residuals(targets: NDArray[np.floating], predictions: NDArray[np.floating], unit: str) -> Figure:
    """What each prediction misses its target by, against the prediction and as a histogram.

    Args:
        targets: True values, shape (n,).
        predictions: Predicted values, shape (n,); those that are not finite are left out.
        unit: Of both, for the axes.

    Returns:
        Two panels that share the axis of residuals, predicted minus true.
    """
    figure = blank(6.6, 3.6)
    dots, bars = figure.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    targets, predictions = _finite(targets, predictions)
    missed = predictions - targets
    dots.scatter(predictions, missed, **_DOTS)
    sns.histplot(y=missed, ax=bars, color=BLUE, alpha=0.6, linewidth=0.6, edgecolor="white")
    for axes in (dots, bars):
        axes.axhline(0, color=GREY, linestyle=DOTTED, linewidth=1.2)
    if missed.size:
        bars.axhline(
            missed.mean(), color=VERMILION, linewidth=1.4, label=f"mean {missed.mean():+.2f}".replace("-", "−")
        )
        bars.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    else:
        note(dots, _NONE)
    dots.set(title="Residuals", xlabel=_with("Predicted value", unit), ylabel=_with("Predicted minus true", unit))
    bars.set(title="How often", xlabel="Test examples")
    return figure


def _finite(
    targets: NDArray[np.floating], predictions: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both, without the examples whose prediction is not finite, in float64."""
    kept = np.isfinite(predictions)
    return targets[kept].astype(np.float64), predictions[kept].astype(np.float64)


def _with(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
