"""A line of the leaderboard, and leaderboard.csv read back as lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from cnnbench.config import NO_WEIGHTS
from cnnbench.core.errors import UserError
from cnnbench.metrics import caveats, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import formatting
from cnnbench.results.reading import AGAIN, rows

Kind = Literal["baseline", "network", "external", "brought", "ensemble"]
"""Of what stands on a leaderboard, in its order."""
ENDS = ("", "_low", "_high")
"""Of the columns of a metric: the value, and the ends of its interval."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A run on the leaderboard.

    Attributes:
        seed, parameters, flops: None for what has none, such as a baseline.
        kind: baseline, network, external (a network on another data set), brought (predictions of others) or ensemble.
        weights, trained_on: What the network starts from, by name, and the data of these weights; `none` and empty
            where the seed draws them.
        trained_parameters: None where all are.
        trials: How many recipes were tried before the one of this row was chosen on validation data.
        positive: Of two classes, the one that sensitivity and the like are about; else empty.
        worst_group: The worst subgroup by the headline metric; empty where there are no subgroups.
        chance: The headline metric of the best constant answer, see `chance.level`; None where there is none.
        badges: See `chance.badges`.
        metrics: By name.
        rank, rank_low, rank_high, tie_group: See `significance.ties.Standing`.
        ranked: How many are ranked together.
        tested_on: The data set that it was tested on, where that is not its own; else empty.
    """

    run: str
    kind: Kind
    dataset: str
    architecture: str
    weights: str
    trained_on: str
    trials: int
    task: str
    protocol: str
    profile: str
    source: str
    synthetic: bool
    seed: int | None
    fold: int
    n_train: int
    n_val: int
    n_test: int
    parameters: int | None
    trained_parameters: int | None
    flops: int | None
    unit: str
    positive: str
    worst_group: str
    chance: float | None
    badges: str
    metrics: Mapping[str, Estimate]
    rank: int
    rank_low: int
    rank_high: int
    tie_group: str
    ranked: int
    tested_on: str = ""  # which a leaderboard.csv of an earlier version has not

    @property
    def headline(self) -> str:
        """The name of the one metric that stands for the run."""
        return lookup.headline_of(self.metrics)

    @property
    def marks(self) -> tuple[str, ...]:
        """What one should know of it at once, in words: a baseline, tested elsewhere, started from weights, chosen."""
        start = f"from {self.trained_on or self.weights}" if self.weights != NO_WEIGHTS else ""
        chosen = f"best of {self.trials:,} trials" if self.trials else ""
        where = f"tested on {self.tested_on}" if self.tested_on else ""
        return tuple(filter(None, (self.kind if self.kind in ("baseline", "brought") else "", where, start, chosen)))

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
    "Kind": str,
    "int": int,
    "int | None": lambda cell: int(cell) if cell else None,
    "float | None": lambda cell: float(cell) if cell else None,
    # Not bool, for which "false" is true
    "bool": "true".__eq__,
}


def read(path: Path) -> list[Line]:
    """Reads a leaderboard.csv.

    Raises:
        UserError: It is missing, lacks a column, or holds something else.
    """
    parsers = {each.name: _PARSERS[str(each.type)] for each in fields(Line) if str(each.type) in _PARSERS}
    numbers = tuple(name for name, parse in parsers.items() if parse is int)
    found = rows(path, tuple(name for name in parsers if name != "tested_on"), numbers)
    try:
        return [
            Line(**{name: parse(row[name]) for name, parse in parsers.items() if name in row}, metrics=metrics_of(row))
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
