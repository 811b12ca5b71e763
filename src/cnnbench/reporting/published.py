"""What was published held against what is measured here, run by run, in words."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cnnbench.reporting.results import Measure, Result
from cnnbench.reporting.text import ABSENT

_FIGURE = re.compile(
    r"(?:\b(?P<part>\w+) )?(?P<metric>accuracy|RMSE)\s+(?P<above>above )?(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%)?",
    re.IGNORECASE,
)


class Line(NamedTuple):
    """A run beside its publication.

    Attributes:
        published: The figure as stated; a dash where none is, or where the run is synthetic.
        words: What may be said: within the interval, better, worse, not comparable.
        good: Whether the publication is reached; None where nothing can be said.
    """

    published: str
    words: str
    good: bool | None


def line(result: Result) -> Line:
    """What may be said of the published figure: never the figure itself where the measurement is synthetic."""
    if result.synthetic:
        return Line(ABSENT, "not comparable: measured on synthetic images", None)
    if not result.published_result:
        return Line(ABSENT, "no figure was published", None)
    stated, measured = _stated(result), result.metrics[result.headline]
    changed = "; recipe or input changed" if result.changed else ""
    if stated is None:
        return Line(result.published_result, "no figure for this metric on test data", None)
    if not all(map(math.isfinite, measured)):
        return Line(result.published_result, "not measured", None)
    words, good = _held(stated, measured, higher=result.is_classification)
    return Line(result.published_result, f"{words}{changed}", good)


class _Stated(NamedTuple):
    """A published figure, and whether it is only a floor."""

    value: float
    above: bool


def _held(stated: _Stated, measured: Measure, *, higher: bool) -> tuple[str, bool]:
    if stated.above:
        if measured.low > stated.value:
            return "above it, as published", True
        return ("may be above it", True) if measured.high > stated.value else ("worse than published", False)
    if measured.low <= stated.value <= measured.high:
        return "agrees: within the interval", True
    better = (measured.value > stated.value) is higher
    return ("better than published", True) if better else ("worse than published", False)


def _stated(result: Result) -> _Stated | None:
    """The published figure on test data of the metric that stands for the run."""
    for found in _FIGURE.finditer(result.published_result):
        fits = found["metric"].lower() == result.headline
        if fits and (found["part"] or "").lower() not in ("training", "validation", "train", "balanced"):
            return _Stated(float(found["number"]) / (100 if found["percent"] else 1), bool(found["above"]))
    return None
