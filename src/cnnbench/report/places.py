"""The place of each run among those that it may be compared with: its rank, the rank's interval, and its tie group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnbench.results import comparing
from cnnbench.results.entries import Entry


class Place(NamedTuple):
    """The place of a run, which it shares with its repeats.

    Attributes:
        entry: The name of the run and its repeats together.
        rank: Among the entries that it may be compared with, 1 the best; equals share the better place.
        rank_low, rank_high: The best and the worst rank that the data allow.
        tie_group: Letters; entries with a letter in common cannot be told apart.
        ranked: How many entries are ranked together.
    """

    entry: str
    rank: int
    rank_low: int
    rank_high: int
    tie_group: str
    ranked: int


def places(sets: Iterable[Sequence[Entry]]) -> dict[str, Place]:
    """The place of every run, by name.

    Args:
        sets: Of entries that may be compared, as `comparing.comparable` makes them.
    """
    found: dict[str, Place] = {}
    for entries in sets:
        standings = comparing.standings(entries)
        for entry in entries:
            found |= dict.fromkeys(entry.runs, Place(entry.name, *standings[entry.name], len(entries)))
    return found
