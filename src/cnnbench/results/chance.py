"""Badges: a result that no constant answer is told from, and a test part that is small.

They are derived here alone and stand wherever the result or a verdict on it does: page, report.md, leaderboard.csv,
metrics.json, terminal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cnnbench.metrics import lookup

if TYPE_CHECKING:
    from cnnbench.metrics.intervals.bootstrap import Estimate
    from cnnbench.results.entries import Entry, Result

NOT_ABOVE, NO_BETTER = "not above chance", "no better than the mean"
"""The badge of a classification and of a regression."""
FEW = 50
"""Test examples below which a part is small: one of them moves an accuracy by more than 0.02."""
LEGEND = {
    NOT_ABOVE: "the interval holds, or lies below, the share of the commonest class of the test part",
    NO_BETTER: "the interval holds, or lies above, the RMSE of answering the mean of the test targets",
}
SMALL = f"n = ...: fewer than {FEW} test examples"
_CONSTANT = ("majority", "mean")  # the baselines that are such an answer themselves


def level(result: Result) -> float | None:
    """The headline metric of the best constant answer on the same test examples; None where there is no such figure.

    The constant knows the test labels: it is the commonest class, or the mean of the targets. So it needs no training
    part and no baseline on the same fold, and is no worse than the baseline of that name.
    """
    if result.is_classification:
        return result.commonest_share or None
    error, explained = result.metrics[result.headline].value, _r2(result)
    # R² is 1 - (error / deviation)²
    return error / math.sqrt(1 - explained) if math.isfinite(error) and explained < 1 else None


def is_above(result: Result) -> bool | None:
    """Whether the whole interval of the headline metric is better than that answer; None where it cannot be said."""
    return _exceeds(result.headline, result.metrics[result.headline], level(result))


def badges(result: Result) -> str:
    """What stands beside the result, as "not above chance, n = 20"; empty for most."""
    is_constant = result.kind == "baseline" and result.architecture in _CONSTANT
    return _say(result, is_constant or is_above(result), result.examples["test"])


def badges_of(entry: Entry) -> str:
    """The same of repeats: beside their mean, on what the folds of a seed test together."""
    if len(entry.runs) == 1:
        return badges(entry.record)
    labels = entry.predictions[0]["label"]
    constant = labels.value_counts(normalize=True).max() if entry.record.is_classification else labels.std(ddof=0)
    above = _exceeds(entry.headline, entry.estimate(entry.headline), float(constant) or None)
    return _say(entry.record, above, len(labels))


def is_hollow(said: str) -> bool:
    """Whether badges say that a constant answer would do as well."""
    return any(badge in said for badge in LEGEND)


def explain(said: Sequence[str]) -> list[str]:
    """A sentence on each kind of badge among these."""
    found = [
        f"{badge[0].upper()}{badge[1:]}: {words}." for badge, words in LEGEND.items() if any(badge in s for s in said)
    ]
    return found + [f"{SMALL}."] * any("n = " in one for one in said)


def _exceeds(metric: str, measured: Estimate, constant: float | None) -> bool | None:
    if constant is None or not all(map(math.isfinite, measured)):
        return None
    return measured.high < constant if lookup.find(metric).lower_is_better else measured.low > constant


def _say(result: Result, above: bool | None, tested: int) -> str:
    badge = NOT_ABOVE if result.is_classification else NO_BETTER
    return ", ".join([badge] * (above is False) + [f"n = {tested}"] * (tested < FEW))


def _r2(result: Result) -> float:
    found = result.metrics.get("r2")
    return found.value if found and math.isfinite(found.value) else 1.0
