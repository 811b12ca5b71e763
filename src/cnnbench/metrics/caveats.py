"""A run's headline in words, and what belongs beside it: test examples with a twin, classes without test examples."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate

TWIN = "A twin is an exact copy, a near copy or an example of the same group (patient) in training or validation."


def describe_headline(metrics: Mapping[str, Estimate], tested: int, on: str = "test examples") -> str:
    """The headline metric with its interval and what it was measured on, as its stage says it."""
    name = lookup.headline_of(metrics)
    value, low, high = metrics[name]
    return f"{name} {value:.3f} (95 % interval {low:.3f} to {high:.3f}) on {tested:,} {on}"


def count_twins(metrics: Mapping[str, Estimate]) -> int:
    """How many test examples have a twin; 0 where it was not measured."""
    found = metrics.get("twins")
    return int(found.value) if found and math.isfinite(found.value) else 0


def describe_twins(metrics: Mapping[str, Estimate], tested: int) -> str:
    """How many test examples have a twin, in words, as 57 of 58 test examples have a twin; empty where none has."""
    twins = count_twins(metrics)
    return f"{twins:,} of {tested:,} test examples {'has' if twins == 1 else 'have'} a twin" if twins else ""


def describe_clean(metrics: Mapping[str, Estimate], tested: int, *, named: bool = True, brief: bool = False) -> str:
    """The headline on the test examples without a twin, with its interval; their number alone where they are few.

    Args:
        metrics: Of the run.
        tested: How many test examples there are.
        named: With the metric's name.
        brief: In fewer words, for a narrow cell.
    """
    headline, clean = lookup.headline_of(metrics), tested - count_twins(metrics)
    ones = f"{clean:,} clean" if brief else f"on the {clean:,} clean test {'example' if clean == 1 else 'examples'}"
    found = metrics.get(lookup.clean(headline))
    if clean == 0:
        return "none is clean" if brief else "no test example is clean"
    if found is None or not math.isfinite(found.value):
        return f"{ones}: too few for a figure"
    interval = f" [{found.low:.3f}, {found.high:.3f}]" if math.isfinite(found.low) else ""
    name = f"{lookup.label(headline)} " if named else ""
    return f"{ones}: {name}{found.value:.3f}{interval}"


def describe_absent(counts: Mapping[str, int]) -> str:
    """The classes without test examples, in a sentence; empty where there are none.

    Args:
        counts: Test examples by class.
    """
    absent = [name for name, count in counts.items() if not count]
    if not absent:
        return ""
    return (
        f"No test example of {', '.join(absent)}: left out of the means over classes; where predicted all the same, it "
        "counts as 0 in macro precision and F1, as in scikit-learn."
    )
