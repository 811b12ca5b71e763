"""Who is better than whom, in words: every two entries that may be compared, and why others may not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.leaderboard import table
from cnnbench.results import comparing
from cnnbench.results.comparing import COLUMNS
from cnnbench.results.entries import Entry
from cnnbench.results.formatting import ABSENT

NONE = "Nothing to compare: no two networks were tested on the same examples of one data set."


class Pair(NamedTuple):
    """One metric of two entries.

    Attributes:
        dataset: That both were tested on.
        first, second: Names of entries.
        metric: Its name.
        difference: First minus second, with its 95 % interval.
        test: What p is of.
        p: Chance of a difference as large where there is none.
        p_holm: The same, for all pairs of the data set together (Holm 1979).
    """

    dataset: str
    first: str
    second: str
    metric: str
    difference: Estimate
    test: str
    p: float
    p_holm: float

    @property
    def verdict(self) -> str:
        """What may be said."""
        return comparing.verdict(self.first, self.second, self.metric, self.difference.value, self.p_holm)

    @property
    def sentence(self) -> str:
        """The verdict with its figures; the difference is that of the network named first minus the other's."""
        said, shown = f"{self.first} and {self.second} {self.verdict}", self.difference
        if self.verdict == f"{self.first} is better":
            said = f"{self.first} is better than {self.second}"
        elif self.verdict == f"{self.second} is better":
            said = f"{self.second} is better than {self.first}"
            shown = Estimate(-shown.value, -shown.high, -shown.low)
        return (
            f"{said} in {lookup.label(self.metric)}: {_signed(shown)}, {self.test}, {chance(self.p_holm)} after Holm."
        )


class Refusal(NamedTuple):
    """Two entries on one data set that may not be compared, and why."""

    first: str
    second: str
    reason: str


def pairs(sets: Iterable[list[Entry]]) -> list[Pair]:
    """Every permitted pair, metric by metric, in the order of `comparing.comparisons`."""
    entries = [entry for found in sets if len(found) > 1 for entry in found]
    if not entries:
        return []
    return [
        Pair(
            dataset=row["dataset"],
            first=row["first"],
            second=row["second"],
            metric=row["metric"],
            difference=Estimate(*(float(row[name]) for name in ("difference", "low", "high"))),
            test=row["test"],
            p=float(row["p"]),
            p_holm=float(row["p_holm"]),
        )
        for row in comparing.comparisons(entries).to_dict("records")
    ]


def refusals(sets: Sequence[list[Entry]]) -> list[Refusal]:
    """One for every two sets on one data set: between their first entries."""
    firsts = [found[0] for found in sets]
    together = [pair for pair in itertools.combinations(firsts, 2) if pair[0].record.dataset == pair[1].record.dataset]
    return [Refusal(one.name, two.name, comparing.refusal(one, two) or "") for one, two in together]


def headlines(found: Iterable[Pair]) -> list[Pair]:
    """Those on the metric that stands for an entry."""
    wanted = {lookup.headline(classes).name for classes in (0, 2)}
    return [pair for pair in found if pair.metric in wanted]


def csv_text(found: Iterable[Pair]) -> str:
    """comparisons.csv: a row per pair and metric; docs/leaderboard.md says what each column holds."""
    lines = (
        [*pair[:4], *map(_cell, pair.difference), pair.test, *(_cell(p) for p in (pair.p, pair.p_holm))]
        for pair in found
    )
    return table(COLUMNS, lines)


def chance(p: float) -> str:
    """A p value, as p = 0.031, with spaces that do not break."""
    said = f"p {ABSENT}" if math.isnan(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return said.replace(" ", "\N{NO-BREAK SPACE}")


def _signed(measure: Estimate) -> str:
    if not math.isfinite(measure.value):
        return ABSENT
    return f"{measure.value:+.3f} [{measure.low:+.3f}, {measure.high:+.3f}]"


def _cell(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
