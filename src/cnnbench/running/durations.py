"""Which stage comes first of those that could run: the one with the longest way to the end after it."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping
from pathlib import Path

from cnnbench.core import files

_USUAL = {"train": 20.0, "features": 20.0, "evaluate": 8.0}
"""Seconds of a stage of this kind, as long as none was timed here; of others `_OTHER`."""
_OTHER = 3.0


def read(path: Path) -> dict[str, float]:
    """The seconds that each stage took when it last ran here; empty where that is not known."""
    try:
        known = files.read_json(path)
        return {str(name): float(seconds) for name, seconds in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def rank(needs: Mapping[str, Collection[str]], known: Mapping[str, float]) -> dict[str, float]:
    """The seconds from the start of each stage to the end of the last that needs it, with no wait between.

    Args:
        needs: What each stage needs, in an order in which they can run.
        known: Seconds of stages that were timed.
    """
    kinds: dict[str, list[float]] = {}
    for name, seconds in known.items():
        kinds.setdefault(_kind(name), []).append(seconds)
    after = dict.fromkeys(needs, 0.0)
    ranks: dict[str, float] = {}
    for name in reversed(list(needs)):
        kind = _kind(name)
        usual = statistics.median(kinds[kind]) if kind in kinds else _USUAL.get(kind, _OTHER)
        ranks[name] = known.get(name, usual) + after[name]
        for needed in needs[name]:
            after[needed] = max(after[needed], ranks[name])
    return ranks


def _kind(name: str) -> str:
    return name.partition("@")[0]
