"""`cnnbench compare`: whether a difference between networks is real."""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from cnnbench.cli._terminal import Commands
    from cnnbench.results.comparing import Pair
    from cnnbench.results.entries import Entry

_DESCRIPTION = """\
Compares runs that were tested on the same examples, two by two and metric by metric: the difference with its 95 %
interval, a test of no difference, and its p, adjusted by Holm over the pairs. The test is McNemar's mid-p for accuracy,
DeLong's for the ROC AUC of two classes, else a bootstrap of the test examples. Where examples share a group (patient),
and where runs are repeated with other seeds, all is bootstrapped: groups, and seeds.

A run stands for all its repeats: those that differ in nothing but seed and fold.

Exit codes: 0 compared, whatever is found; 1 these runs cannot be compared, and why; 2 wrong usage.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "compare",
        help="say which differences between runs are real",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="+", metavar="RUN", help="two or more, as `cnnbench results` names them")
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench.results import comparing, entries

    found = _chosen(entries.load(arguments.reports / "runs"), arguments.runs)
    for index, first in enumerate(found):
        for second in found[index + 1 :]:
            if reason := comparing.refusal(first, second):
                raise UserError(reason)
    pairs = comparing.compare_all([found])
    console = _terminal.console()
    first = found[0]
    tested = first.predictions[0]
    groups = tested["group"].nunique()
    console.print(
        f"{first.record.dataset}, {first.record.protocol}, {first.record.source}: {len(tested):,} test examples"
        + (f" of {groups:,} groups" if groups < len(tested) else "")
    )
    if first.record.synthetic:
        console.print("SYNTHETIC: measured on made-up images; says nothing of the data set that they stand in for.")
    for (one, other), rows in itertools.groupby(pairs, key=lambda pair: (pair.first, pair.second)):
        console.print(f"\n{one} minus {other}\n")
        console.print(_table(rows))
    standings = comparing.standings(found)
    console.print(f"\nBy {first.headline}; who shares a letter cannot be told apart:\n")
    shown = _terminal.table("run", ">rank", "95 %", "ties")
    for name, place in sorted(standings.items(), key=lambda item: (item[1].rank, item[0])):
        shown.add_row(name, str(place.rank), f"{place.rank_low} to {place.rank_high}", place.tie_group)
    console.print(shown)
    return 0


def _chosen(known: list[Entry], names: list[str]) -> list[Entry]:
    """The entries of these names, each an entry's or that of one of its runs.

    Raises:
        UserError: One is unknown, or they are repeats of one entry.
    """
    by_name = {run: entry for entry in known for run in entry.runs} | {entry.name: entry for entry in known}
    if unknown := [name for name in names if name not in by_name]:
        raise UserError(f"Expected runs among {', '.join(sorted(by_name))}, received {', '.join(unknown)}.")
    chosen = list(dict.fromkeys(by_name[name] for name in names))
    if len(chosen) < 2:
        said = f"repeats of {chosen[0].name} alone" if len(set(names)) > 1 else f"{chosen[0].name} alone"
        raise UserError(f"Expected at least two runs that differ in more than seed and fold, received {said}.")
    return chosen


def _table(pairs: Iterable[Pair]) -> Table:
    from rich.text import Text

    shown = _terminal.table("metric", ">difference", ">95 % interval", "test", ">p", ">p, Holm", "verdict")
    for pair in pairs:
        interval = f"[{_signed(pair.low)}, {_signed(pair.high)}]"
        style = "" if pair.verdict.startswith("cannot") else "bold"
        cells = (_signed(pair.difference), interval, pair.test, _p(pair.p), _p(pair.p_holm))
        shown.add_row(pair.metric, *cells, Text(pair.verdict, style=style))
    return shown


def _signed(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.3f}"


def _p(value: float) -> str:
    if math.isnan(value):
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
