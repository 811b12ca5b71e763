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
    from cnnbench.results.entries import Result

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
    constant, measured = level(result), result.metrics[result.headline]
    if constant is None or not all(map(math.isfinite, measured)):
        return None
    return _exceeds(measured, constant, lower_is_better=lookup.find(result.headline).lower_is_better)


def badges(result: Result) -> str:
    """What stands beside the result, as "not above chance, n = 20"; empty for most."""
    said = []
    is_constant = result.kind == "baseline" and result.architecture in _CONSTANT
    if is_above(result) is False and not is_constant:
        said.append(NOT_ABOVE if result.is_classification else NO_BETTER)
    if result.examples["test"] < FEW:
        said.append(f"n = {result.examples['test']}")
    return ", ".join(said)


def is_hollow(said: str) -> bool:
    """Whether badges say that a constant answer would do as well."""
    return any(badge in said for badge in LEGEND)


def explain(said: Sequence[str]) -> list[str]:
    """A sentence on each kind of badge among these."""
    found = [
        f"{badge[0].upper()}{badge[1:]}: {words}." for badge, words in LEGEND.items() if any(badge in s for s in said)
    ]
    return found + [f"{SMALL}."] * any("n = " in one for one in said)


def _exceeds(measured: Estimate, constant: float, *, lower_is_better: bool) -> bool:
    return measured.high < constant if lower_is_better else measured.low > constant


def _r2(result: Result) -> float:
    found = result.metrics.get("r2")
    return found.value if found and math.isfinite(found.value) else 1.0
