"""A line of the leaderboard, and leaderboard.csv read back as lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError
from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import formatting
from cnnbench.results.reading import AGAIN, rows

ENDS = ("", "_low", "_high")
"""Of the columns of a metric: the value, and the ends of its interval."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A run on the leaderboard.

    Attributes:
        positive: Of two classes, the one that sensitivity and the like are about; else empty.
        worst_group: The worst subgroup by the headline metric; empty where there are no subgroups.
        metrics: By name.
        rank, rank_low, rank_high, tie_group: See `significance.ties.Standing`.
        ranked: How many networks are ranked together.
    """

    run: str
    dataset: str
    architecture: str
    task: str
    protocol: str
    profile: str
    source: str
    synthetic: bool
    seed: int
    fold: int
    n_train: int
    n_val: int
    n_test: int
    parameters: int
    flops: int
    unit: str
    positive: str
    worst_group: str
    metrics: Mapping[str, Estimate]
    rank: int
    rank_low: int
    rank_high: int
    tie_group: str
    ranked: int

    @property
    def headline(self) -> str:
        """The name of the one metric that stands for the run."""
        return lookup.headline_of(self.metrics)

    @property
    def twins(self) -> int:
        """How many test examples have a twin in training or validation."""
        return caveats.count_twins(self.metrics)

    @property
    def n_clean(self) -> int:
        """How many have none."""
        return self.n_test - self.twins

    @property
    def standing(self) -> str:
        """The rank among those ranked with it, its interval and the ties, as 1 of 3 [1, 2] a; a dash for one alone."""
        if self.ranked < 2:
            return formatting.ABSENT
        return f"{self.rank} of {self.ranked} [{self.rank_low}, {self.rank_high}] {self.tie_group}"


# By name: annotations are strings under `from __future__ import annotations`
_PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    # Not bool, for which "false" is true
    "bool": "true".__eq__,
}


def read(path: Path) -> list[Line]:
    """Reads a leaderboard.csv.

    How many networks are ranked together is the lowest rank that one of them may have.

    Raises:
        UserError: It is missing, lacks a column, or holds something else.
    """
    parsers = {each.name: _PARSERS[str(each.type)] for each in fields(Line) if str(each.type) in _PARSERS}
    # Not a column: it follows from rank_high
    del parsers["ranked"]
    numbers = tuple(name for name, parse in parsers.items() if parse is int)
    found = rows(path, tuple(parsers), numbers)
    ranked: dict[tuple[str, ...], int] = {}
    try:
        for row in found:
            ranked[_together(row)] = max(int(row["rank_high"]), ranked.get(_together(row), 1))
        return [
            Line(
                **{name: parse(row[name]) for name, parse in parsers.items()},
                metrics=metrics_of(row),
                ranked=ranked[_together(row)],
            )
            for row in found
        ]
    except ValueError as error:
        raise UserError(f"Expected numbers in {path}, received {error}; {AGAIN}.") from None


def metrics_of(row: Mapping[str, str]) -> dict[str, Estimate]:
    """The metrics of a row of leaderboard.csv: the columns that are not empty and have an interval, without the rank.

    Raises:
        ValueError: One is no number.
    """
    # With rank_low and rank_high beside it, the rank looks like a metric
    names = [name for name in row if f"{name}_low" in row and f"{name}_high" in row and name != "rank" and row[name]]
    return {name: Estimate(*(float(row[f"{name}{end}"] or math.nan) for end in ENDS)) for name in names}


def _together(row: Mapping[str, str]) -> tuple[str, ...]:
    """The key of the runs that are ranked together."""
    return tuple(row[name] for name in ("dataset", "protocol", "source", "profile"))
