"""The agreement of each run with its published figure, in words."""

from __future__ import annotations

import math
from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.text import describe_published
from cnnbench.results.formatting import ABSENT
from cnnbench.results.run_result import RunResult


class Agreement(NamedTuple):
    """A run beside its publication.

    Attributes:
        published: The figure as stated; a dash where there is none, or where the run is synthetic.
        words: Within the interval, better, worse, not comparable.
        good: Whether the publication is reached; None where they cannot be compared.
    """

    published: str
    words: str
    good: bool | None


def compare(result: RunResult) -> Agreement:
    """The agreement of a run; it never has the figure itself where the measurement is synthetic."""
    source, measured = result.published_result, result.metrics[result.headline]
    # First: no published figure may stand beside a synthetic one.
    if result.synthetic:
        return Agreement(ABSENT, "not comparable: measured on synthetic images", None)
    if source is None:
        return Agreement(ABSENT, "no figure was published", None)
    if source.value is None or source.metric != result.headline:
        return Agreement(describe_published(source), "no figure for this metric on test data", None)
    if not all(map(math.isfinite, measured)):
        return Agreement(describe_published(source), "not measured", None)
    words, good = _compare(
        source.value, source.relation, measured, higher_is_better=not lookup.find(result.headline).lower_is_better
    )
    return Agreement(describe_published(source), words + ("; recipe or input changed" if result.changed else ""), good)


def _compare(value: float, relation: str, measured: Estimate, *, higher_is_better: bool) -> tuple[str, bool]:
    """Words for a published figure beside a measured one with its interval, and whether it is reached."""
    if relation == "exactly" and measured.low <= value <= measured.high:
        return "agrees: within the interval", True
    if relation != "exactly":
        nearest, farthest = measured.low - value, measured.high - value
        if relation == "below":
            nearest, farthest = -farthest, -nearest
        if nearest > 0:
            return f"{relation} it, as published", True
        if farthest > 0:
            return f"may be {relation} it", True
    # Of an error, less is better.
    better = (measured.value > value) is higher_is_better
    return ("better than published", True) if better else ("worse than published", False)
