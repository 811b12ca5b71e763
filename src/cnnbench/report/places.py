"""Where each run stands among those that it may be compared with: its rank, how sure that is, and its tie group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnbench.metrics.significance.ties import Standing
from cnnbench.results import comparing
from cnnbench.results.entries import Entry
from cnnbench.results.formatting import ABSENT

_ALONE = Standing(rank=1, rank_low=1, rank_high=1, tie_group="a")


class Place(NamedTuple):
    """Of a run, which it shares with its repeats.

    Attributes:
        entry: The name of the run and its repeats together.
        rank: Among the entries that it may be compared with, 1 the best; equals share the better place.
        low: The best rank that the data allow.
        high: The worst rank that the data allow.
        group: Letters; entries with a letter in common cannot be told apart.
        of: How many entries are ranked.
    """

    entry: str
    rank: int
    low: int
    high: int
    group: str
    of: int

    @property
    def words(self) -> str:
        """The rank, as 1 of 3; a dash where there is nothing to be ranked with."""
        return f"{self.rank} of {self.of}" if self.of > 1 else ABSENT

    @property
    def interval(self) -> str:
        """The interval of the rank, as [1, 2]."""
        return f"[{self.low}, {self.high}]"


def places(sets: Iterable[list[Entry]]) -> dict[str, Place]:
    """The place of every run.

    Args:
        sets: Of entries that may be compared, as `comparing.comparable` makes them.
    """
    found: dict[str, Place] = {}
    for entries in sets:
        # One that is alone needs no test, and its predictions need not be read.
        standings = comparing.standings(entries) if len(entries) > 1 else {entries[0].name: _ALONE}
        for entry in entries:
            place = Place(entry.name, *standings[entry.name], len(entries))
            found |= dict.fromkeys(entry.runs, place)
    return found
