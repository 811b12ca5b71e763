"""Comparisons in the report: the differences between networks, and why some networks may not be compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.metrics.significance.ties import LEVEL
from cnnbench.report.leaderboard import table
from cnnbench.results import comparing, formatting
from cnnbench.results.comparing import Pair
from cnnbench.results.entries import Entry

NONE = "Nothing to compare: no two networks were tested on the same examples of one data set."


class Refusal(NamedTuple):
    """Two entries on one data set that may not be compared, and why."""

    first: str
    second: str
    reason: str


def refusals(sets: Sequence[Sequence[Entry]]) -> list[Refusal]:
    """One for every two sets on one data set: between their first entries."""
    # Any entry speaks for its set: all of a set were tested on the same examples.
    # A set without a network holds baselines of another fold's examples, say.
    firsts = [entries[0] for entries in sets if entries[0].record.kind == "network"]
    pairs = itertools.combinations(firsts, 2)
    together = [(one, two) for one, two in pairs if one.record.dataset == two.record.dataset]
    return [Refusal(one.name, two.name, comparing.refusal(one, two) or "") for one, two in together]


def headlines(pairs: Iterable[Pair]) -> list[Pair]:
    """Those on the metric that stands for an entry."""
    # no classes is a regression; 2 stands for any classifier
    wanted = {lookup.headline(classes).name for classes in (0, 2)}
    return [pair for pair in pairs if pair.metric in wanted]


def summarize(pairs: Sequence[Pair]) -> str:
    """How many pairs there are, and how many of them can be told apart, in words."""
    apart = sum(pair.p_holm < LEVEL for pair in pairs)
    return f"{len(pairs):,} {'pair' if len(pairs) == 1 else 'pairs'}, {apart:,} told apart"


def csv_text(pairs: Iterable[Pair]) -> str:
    """comparisons.csv: a row per pair and metric; docs/leaderboard.md says what each column holds."""
    rows = ([formatting.cell(cell, ".6g") if isinstance(cell, float) else cell for cell in pair] for pair in pairs)
    return table(comparing.COLUMNS, rows)
