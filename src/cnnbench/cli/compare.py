"""Say which differences between runs are real.

Runs that were tested on the same examples are compared pair by pair and metric by metric: the difference with its 95 %
interval, a test of no difference, and its p, adjusted by Holm over the pairs. The test is McNemar's mid-p for accuracy,
DeLong's for the ROC AUC of two classes, else a bootstrap of the test examples. Where examples share a group (patient),
and where runs are repeated with other seeds, groups and seeds are bootstrapped for every metric.

A run stands for all its repeats: those that differ in nothing but seed and fold. A baseline, such as "mnist majority",
and an ensemble of seeds are named as the leaderboard names them, in quotes; a network minus a baseline is what it adds.

Two data sets that hold the same raw data under two split protocols may be compared, too, for one network: the
difference of the headline metric is what leakage is worth. Each has test examples of its own; what they share is
paired, in a bootstrap of the groups of both.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError, unknown

if TYPE_CHECKING:
    from cnnbench.cli._table import Table
    from cnnbench.results.comparing import Pair
    from cnnbench.results.entries import Entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="two or more, as `cnnbench results` names them")
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")


def run(arguments: argparse.Namespace) -> int:
    """Prints each pair's differences and the ranks."""
    from cnnbench.results import baseline_result, comparing, ensembles, entries, protocols
    from cnnbench.runs.record import FILE

    folder = arguments.reports / "runs"
    if not any(folder.glob(f"*/{FILE}")):
        raise UserError(f"Expected a folder per run under {folder}, received none: {_terminal.remedy('dvc repro')}")
    known = entries.load(folder)
    # Made only where asked for: it takes the predictions of all seeds
    made = [ensembles.make(name, one) for name, one in ensembles.names(known).items() if name in arguments.runs]
    baselines = map(entries.alone, baseline_result.load(arguments.reports))
    chosen = _choose([*known, *made, *baselines], arguments.runs, [*ensembles.names(known)])
    both = list(itertools.combinations(chosen, 2))
    split = [pair for pair in both if protocols.same_data(*pair)]
    # All pairs, before anything is computed or printed.
    for pair in both:
        if reason := (protocols.refusal(*pair) if pair in split else comparing.refusal(*pair)):
            raise UserError(reason + protocols.explain_other_data(*pair))
    for alike in comparing.comparable(chosen):
        if len(alike) > 1:
            _print_pairs(alike)
    if split:
        _print_protocols(split)
    return 0


def _print_protocols(both: Sequence[tuple[Entry, Entry]]) -> None:
    """What another split of the same data is worth."""
    from cnnbench.metrics import lookup
    from cnnbench.results import protocols

    console = _terminal.console()
    console.print("One data set under two split protocols, each with test examples of its own:")
    console.print()
    table = _terminal.table("run", "split", ">test examples", ">with a twin", ">metric", ">value")
    found = [protocols.compare(*pair) for pair in both]
    shown = {}
    for worth in found:
        for entry, value, tested in zip((worth.first, worth.second), worth.values, worth.tested, strict=True):
            twins = sum(int(result.twins) for result in entry.results if result.seed == entry.seeds[0])
            label = lookup.label(worth.metric, entry.record.unit)
            shown[entry.name] = (entry.name, entry.record.protocol, f"{tested:,}", f"{twins:,}", label, f"{value:.3f}")
    for row in shown.values():
        table.add_row(*row)
    console.print(table)
    for worth in found:
        console.print()
        console.print(worth.sentence)
    if any(entry.record.synthetic for pair in both for entry in pair):
        console.print("SYNTHETIC: measured on synthetic images; says nothing about the data set they stand for.")


def _print_pairs(chosen: list[Entry]) -> None:
    """The differences of runs that were tested on the same examples, and their ranks."""
    from cnnbench.results import chance, comparing

    pairs = comparing.compare_all([chosen])
    console = _terminal.console()
    first = chosen[0]
    tested = first.predictions[0]
    groups = tested["group"].nunique()
    console.print(
        f"{first.record.dataset}, {first.record.protocol}, {first.record.source}: {len(tested):,} test examples"
        + (f" of {groups:,} groups" if groups < len(tested) else "")
    )
    if first.record.synthetic:
        console.print("SYNTHETIC: measured on synthetic images; says nothing about the data set they stand for.")
    # groupby wants the rows of a pair together, as compare_all yields them.
    for (one, other), rows in itertools.groupby(pairs, key=lambda pair: (pair.first, pair.second)):
        console.print()
        console.print(f"{one} minus {other}")
        console.print()
        console.print(_table(rows, first.record.positive))
    standings = comparing.standings(chosen)
    console.print()
    console.print(f"By {first.headline}; runs that share a letter cannot be told apart:")
    console.print()
    ranks = _terminal.table("run", ">rank", "95 %", "ties")
    badges = {entry.name: chance.badges_of(entry) for entry in chosen}
    for name, place in sorted(standings.items(), key=lambda item: (item[1].rank, item[0])):
        named = f"{name} ({badges[name]})" if badges[name] else name
        ranks.add_row(named, str(place.rank), f"{place.rank_low} to {place.rank_high}", place.tie_group)
    console.print(ranks)
    for sentence in chance.explain([*badges.values()]):
        console.print(sentence)


def _choose(known: list[Entry], names: list[str], makeable: list[str]) -> list[Entry]:
    """The entries of these names, each the name of an entry or of one of its runs.

    Args:
        known: Entries, with those ensembles that are asked for.
        names: Wanted.
        makeable: The names of all ensembles.

    Raises:
        UserError: One is unknown, or they are repeats of one entry.
    """
    # Entries last: where a run has the name of an entry, the entry is meant.
    by_name = {run: entry for entry in known for run in entry.runs} | {entry.name: entry for entry in known}
    if absent := [name for name in names if name not in by_name]:
        raise unknown("a run", absent[0], sorted({*by_name, *makeable}))
    # Repeats of one entry are one, in the order asked for.
    chosen = list(dict.fromkeys(by_name[name] for name in names))
    if len(chosen) < 2:
        received = f"repeats of {chosen[0].name} alone" if len(set(names)) > 1 else f"{chosen[0].name} alone"
        raise UserError(f"Expected at least two runs that differ in more than seed and fold, received {received}.")
    return chosen


def _table(pairs: Iterable[Pair], positive: str) -> Table:
    from rich.text import Text

    from cnnbench.metrics import lookup

    table = _terminal.table("metric", ">difference", ">95 % interval", "test", ">p", ">p, Holm", "verdict")
    for pair in pairs:
        interval = f"[{_signed(pair.low)}, {_signed(pair.high)}]"
        style = "" if pair.verdict.startswith("cannot") else "bold"
        cells = (_signed(pair.difference), interval, pair.test, _p(pair.p), _p(pair.p_holm))
        table.add_row(lookup.name_class(pair.metric, positive), *cells, Text(pair.verdict, style=style))
    return table


def _signed(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.3f}"


def _p(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
