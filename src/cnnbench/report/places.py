"""The place of each result among those that it may be compared with: its rank, the rank's interval, its tie group.

Single networks are ranked with single networks. Those that start from weights that were trained on other data have a
ranking of their own, unless asked otherwise: they know more images than the training part has. Ensembles have one, too:
each costs several networks, and holds the networks that it would be ranked with. A baseline has no rank: it is what the
others are held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnbench.config import NO_WEIGHTS
from cnnbench.results import comparing
from cnnbench.results.entries import Entry


class Place(NamedTuple):
    """The place of a result, which a run shares with its repeats.

    Attributes:
        entry: The name of the run and its repeats together.
        rank: Among the entries that are ranked with it, 1 the best; equals share the better place.
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


def unranked(place: Place) -> Place:
    """Of a network on another data set: it stands where the network does, without a rank."""
    return place._replace(rank_low=place.rank, rank_high=place.rank, tie_group="", ranked=1)


def rankings(entries: Iterable[Entry], *, apart: bool = True) -> list[list[Entry]]:
    """Divides entries that may be compared into those that are ranked together.

    Args:
        entries: Of one set.
        apart: Whether networks that start from weights are ranked by themselves.
    """
    found: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        record = entry.record
        alone = entry.name if record.kind == "baseline" else ""
        kind = "network" if record.kind == "brought" else record.kind
        found.setdefault((kind, alone, apart and record.weights != NO_WEIGHTS), []).append(entry)
    return list(found.values())


def places(sets: Iterable[Sequence[Entry]], *, apart: bool = True) -> dict[str, Place]:
    """The place of every result, by name.

    Args:
        sets: Of entries that may be compared, as `comparing.comparable` makes them.
        apart: As of `rankings`.
    """
    found: dict[str, Place] = {}
    for entries in (ranking for members in sets for ranking in rankings(members, apart=apart)):
        standings = comparing.standings(entries)
        for entry in entries:
            found |= dict.fromkeys(entry.runs, Place(entry.name, *standings[entry.name], len(entries)))
    return found
