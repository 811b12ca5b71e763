"""The section on networks tested on other data sets, for the page and report.md."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnbench.core.markdown import escape, table
from cnnbench.metrics import lookup
from cnnbench.results import formatting
from cnnbench.results.external_result import ExternalResult
from cnnbench.results.transfer import Transfer

NOTE = (
    "Each network was trained, and its threshold and temperature were chosen, on its own data set alone. Examples of "
    "the other that also stand in its training or validation part, as copies, near copies or by their group, are left "
    "out. "
    "The difference is of unpaired test examples: its interval is from a bootstrap of the groups of both. It tells of "
    "all that differs between the two: patients, cameras and how often each class comes."
)


class External(NamedTuple):
    """A test of a network on another data set.

    Attributes:
        result: The test.
        rows: A comparison with the network's own test part per metric, the headline first.
    """

    result: ExternalResult
    rows: tuple[Transfer, ...]

    @property
    def short(self) -> list[Transfer]:
        """The headline and the metric that stands beside it on leaderboards."""
        names = (self.result.headline, lookup.beside(len(self.result.classes)).name)
        return [row for row in self.rows if row.metric in names]

    @property
    def examples(self) -> str:
        """Which examples of the other data set, in words."""
        result = self.result
        part = "all of it" if result.part == "all" else "its test part"
        left = "".join(f", without {count:,} {reason}" for reason, count in result.left_out.items())
        return f"{part}{left}"

    @property
    def mapping(self) -> str:
        """The classes whose names differ, in words; empty where none does."""
        differing = ((old, new) for old, new in self.result.mapping.items() if old != new)
        return ", ".join(f"{old} → {new or 'left out'}" for old, new in differing)


def gather(transfers: Sequence[Transfer]) -> list[External]:
    """The comparisons, by test."""
    return [
        External(rows[0].other, tuple(rows))
        for rows in (list(group) for _, group in itertools.groupby(transfers, key=lambda one: one.other.run))
    ]


def label(row: Transfer) -> str:
    """The metric, with the class that it speaks of."""
    return lookup.label(row.metric, "", row.other.positive)


def render_markdown(externals: Sequence[External]) -> Iterator[list[str]]:
    """The section of report.md, where there are tests."""
    if not externals:
        return
    header = ["network", "tested on", ">examples", "metric", ">there [95 % interval]", ">own test part", ">difference"]
    lines = [
        [
            f"**{escape(one.result.network)}**{' **SYNTHETIC**' * one.result.synthetic}",
            escape(f"{one.result.tested_on}: {one.examples}" + (f"; {one.mapping}" if one.mapping else "")),
            f"{one.result.examples['test']:,}",
            escape(label(row)),
            formatting.estimate(one.result.metrics[row.metric]),
            f"{formatting.estimate(row.own.metrics[row.metric])} on {row.own.examples['test']:,}",
            f"{formatting.signed(row.difference)}, {formatting.p_value(row.p)}",
        ]
        for one in externals
        for row in one.short
    ]
    yield ["## Tested on other data", "", *table(header, lines), "", NOTE]
