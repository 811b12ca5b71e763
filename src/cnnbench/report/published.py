"""What was published held against what is measured here, run by run, in words."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.run_results import Result
from cnnbench.results.formatting import ABSENT

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


class Stated(NamedTuple):
    """A published figure, and whether it is only a floor."""

    value: float
    above: bool


def stated(published: str, metric: str) -> Stated | None:
    """The figure of a metric on test data in what a source says, if it has one.

    Args:
        published: As `published:` of params.yaml, such as "test accuracy above 90 %".
        metric: Its name here, such as "accuracy".
    """
    for found in _FIGURE.finditer(published):
        fits = found["metric"].lower() == metric
        if fits and (found["part"] or "").lower() not in ("training", "validation", "train", "balanced"):
            return Stated(float(found["number"]) / (100 if found["percent"] else 1), bool(found["above"]))
    return None


def line(result: Result) -> Line:
    """What may be said of the published figure: never the figure itself where the measurement is synthetic."""
    if result.synthetic:
        return Line(ABSENT, "not comparable: measured on synthetic images", None)
    if not result.published_result:
        return Line(ABSENT, "no figure was published", None)
    source, measured = stated(result.published_result, result.headline), result.metrics[result.headline]
    changed = "; recipe or input changed" if result.changed else ""
    if source is None:
        return Line(result.published_result, "no figure for this metric on test data", None)
    if not all(map(math.isfinite, measured)):
        return Line(result.published_result, "not measured", None)
    words, good = _held(source, measured, higher=not lookup.find(result.headline).lower_is_better)
    return Line(result.published_result, f"{words}{changed}", good)


def _held(source: Stated, measured: Estimate, *, higher: bool) -> tuple[str, bool]:
    if source.above:
        if measured.low > source.value:
            return "above it, as published", True
        return ("may be above it", True) if measured.high > source.value else ("worse than published", False)
    if measured.low <= source.value <= measured.high:
        return "agrees: within the interval", True
    better = (measured.value > source.value) is higher
    return ("better than published", True) if better else ("worse than published", False)
