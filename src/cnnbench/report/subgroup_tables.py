"""The metrics of a run by subgroup, for the page and report.md: the worst first, small ones last."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnnbench.metrics import lookup, subgroups
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.scales import axis
from cnnbench.results.formatting import estimate
from cnnbench.results.run_result import RunResult

LEFT_OUT = (
    f"Fewer than {subgroups.FEWEST} test examples, or of two classes fewer than {subgroups.FEWEST_OF_CLASS} of one: "
    "the figure stands, but says little, and is not ranked"
)


class Group(NamedTuple):
    """A subgroup.

    Attributes:
        name: The attribute's value, or a band of values.
        n: Test examples.
        per_class: Their numbers by class, in words.
        small: Whether it is too small to be ranked.
        worst: Whether it is the worst of the run by the headline metric.
        metrics: By name.
    """

    name: str
    n: int
    per_class: str
    small: bool
    worst: bool
    metrics: Mapping[str, Estimate]


def by_attribute(result: RunResult) -> dict[str, list[Group]]:
    """The subgroups of a run by attribute: those that are ranked from the worst on, then the others by size."""
    found: dict[str, dict[str, list[Mapping[str, str]]]] = {}
    for row in result.subgroups:
        found.setdefault(row["attribute"], {}).setdefault(row["subgroup"], []).append(row)
    sign = 1 if lookup.find(result.headline).lower_is_better else -1

    def place(group: Group) -> tuple[bool, bool, float]:
        value = group.metrics[result.headline].value
        unranked = group.small or math.isnan(value)
        return group.name == subgroups.UNKNOWN, unranked, -group.n if unranked else -sign * value

    return {
        attribute: sorted((_group(name, rows) for name, rows in values.items()), key=place)
        for attribute, values in found.items()
    }


def summarize(result: RunResult) -> Iterator[str]:
    """Sentences: the worst subgroup, and attributes without subgroups."""
    for attribute, groups in by_attribute(result).items():
        for group in groups:
            if group.worst:
                label = lookup.label(result.headline, result.unit)
                yield (
                    f"Worst subgroup: {subgroups.describe(attribute, group.name)}, {label} "
                    f"{estimate(group.metrics[result.headline])} on {group.n:,} test examples, against "
                    f"{estimate(result.metrics[result.headline])} on all {result.examples['test']:,}."
                )
    if result.subgroups and lookup.worst_group(result.headline) not in result.metrics:
        yield "No attribute has two subgroups that are large enough to be ranked."
    yield from result.subgroup_notes


def bar(result: RunResult, groups: list[Group], group: Group) -> tuple[float, float, float] | None:
    """Where the headline of a subgroup and its interval lie, in per cent of an axis; None where it is not defined."""
    measured = group.metrics[result.headline]
    if not all(map(math.isfinite, measured)):
        return None
    bottom, top = axis(result.headline, [one.metrics[result.headline] for one in groups])
    value, low, high = (round(100 * (end - bottom) / (top - bottom), 2) for end in measured)
    return value, low, high


def _group(name: str, rows: list[Mapping[str, str]]) -> Group:
    first = rows[0]
    metrics = {row["metric"]: Estimate(*(float(row[end] or "nan") for end in ("value", "low", "high"))) for row in rows}
    worst = any(row["worst"] == "true" for row in rows)
    return Group(name, int(first["n"]), first["per_class"], first["small"] == "true", worst, metrics)
