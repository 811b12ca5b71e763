"""Print the leaderboard of the last report.

Each run has its headline metric with its 95 % interval, and its rank among the networks tested on the same examples:
networks that share a letter under ties cannot be told apart. Where results are newer than the report, as after an
experiment on one run, the row is theirs, says so, and has no rank until `dvc repro report`.

A table for people loses nothing in a narrow terminal, where a run takes several lines. The other formats are for
programs: csv and json have all columns of leaderboard.csv (docs/leaderboard.md), markdown is the table of report.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _selection, _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from cnnbench.cli._table import Table
    from cnnbench.results.line import Line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("names", nargs="*", metavar="RUN", help=f"{_selection.HELP}; default: all")
    parser.add_argument("--dataset", nargs="+", metavar="NAME", help="those on these data sets, or a pattern")
    parser.add_argument("--architecture", nargs="+", metavar="NAME", help="those of these networks, or a pattern")
    parser.add_argument(
        "--sort", metavar="COLUMN", help="of leaderboard.csv: a metric from the best on, another from the least on"
    )
    parser.add_argument("--reverse", action="store_true", help="from the other end on")
    # Spelled out: to import FORMATS would slow down every `cnnbench --help`.
    parser.add_argument(
        "--format", choices=("table", "csv", "json", "markdown"), default="table", help="default: %(default)s"
    )
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")


def run(arguments: argparse.Namespace) -> int:
    """Prints the lines of the leaderboard that are asked for."""
    from cnnbench.cli import _leaderboard

    if arguments.reverse and arguments.sort is None:
        raise UserError("Expected --sort COLUMN beside --reverse, received none: add it.")
    everything = _read(arguments.reports)
    lines = _leaderboard.choose(everything, arguments.names, arguments.dataset, arguments.architecture)
    if arguments.sort is not None:
        lines = _leaderboard.sort(lines, arguments.sort, reverse=arguments.reverse)
    older = _describe_age(everything)
    if arguments.format == "table":
        _print(lines, arguments.reports, older)
        return 0
    for said in older:
        _terminal.say(f"warning: {said}", error=True)
    _terminal.write(_leaderboard.render(lines, arguments.format, everything))
    return 0


def show(reports: Path, runs: Collection[str] | None = None) -> int:
    """Prints the leaderboard, or of it these runs and what else stands there for their data sets."""
    lines = everything = _read(reports)
    if runs is not None:
        datasets = {line.dataset for line in everything if line.run in runs}
        lines = [
            line for line in everything if line.run in runs or (line.kind != "network" and line.dataset in datasets)
        ]
    _print(lines, reports, _describe_age(everything))
    return 0


def _read(reports: Path) -> list[Line]:
    from cnnbench.results import current

    path = reports / "leaderboard.csv"
    if not path.exists():
        raise UserError(f"Expected a leaderboard in {path}, received none: {_terminal.remedy('dvc repro')}")
    lines = current.read(reports)
    if not lines:
        raise UserError(f"Expected a line per run in {path}, received none: {_terminal.remedy('dvc repro -f report')}")
    return lines


def _describe_age(lines: Sequence[Line]) -> list[str]:
    """A line on the rows that are newer than the report, and on those older than their training."""
    from cnnbench.results import staleness

    return [
        f"{badge.capitalize()}: {', '.join(marked)}; {remedy}."
        for badge, remedy in staleness.REMEDIES.items()
        if (marked := [run.run for run in lines if badge in run.badges])
    ]


def _print(lines: Sequence[Line], reports: Path, older: Sequence[str]) -> None:
    from cnnbench.metrics import caveats, lookup
    from cnnbench.results import chance, columns

    console = _terminal.console()
    console.print(_table(lines))
    console.print()
    if any(run.synthetic for run in lines):
        console.print("SYNTHETIC: measured on synthetic images; not comparable with any published figure.")
    if any(run.kind != "network" for run in lines):
        console.print(columns.RANKING)
    # By data set: its runs share the class
    if positive := {run.dataset: run.positive for run in lines if run.positive}:
        named = ", ".join(f"{name} ({dataset})" for dataset, name in positive.items())
        console.print(f"Positive class, of {lookup.label(lookup.beside(2).name)} and the like: {named}.")
    for run in lines:
        for said in _caveats(run):
            console.print(f"{run.run}: {said}")
    if any(run.twins for run in lines):
        console.print(caveats.TWIN)
    for sentence in chance.explain([run.badges for run in lines]):
        console.print(sentence)
    for said in older:
        console.print(said)
    console.print(
        f"See {reports / 'index.html'} (in a browser), {reports / 'report.md'}, and every training in `mlflow ui`."
    )


def _caveats(run: Line) -> Iterator[str]:
    """The test examples with a twin and the worst subgroup of a run."""
    from cnnbench.metrics import caveats, lookup
    from cnnbench.results import columns, formatting

    if run.twins:
        clean = caveats.describe_clean(run.metrics, run.n_test)
        yield f"{columns.TWINS}: {caveats.describe_twins(run.metrics, run.n_test)}; {clean}."
    if run.worst_group:
        worst = run.metrics.get(lookup.worst_group(run.headline))
        yield f"worst subgroup {run.worst_group}: {lookup.label(run.headline, run.unit)} {formatting.estimate(worst)}."


def _table(lines: Sequence[Line]) -> Table:
    from rich.text import Text

    from cnnbench.results import chance, columns, staleness

    shown = columns.select("terminal")
    table = _terminal.table(*(f">{column.heading}" if column.numeric else column.heading for column in shown))
    for line in lines:
        rows = [[column.text(line) for column in shown]]
        if line.twins:
            rows.append([column.clean(line) if column.clean else "" for column in shown])
        for row in rows:
            cells = [Text(cell) for cell in row]
            for cell in cells:
                cell.highlight_words(["SYNTHETIC", columns.TWINS, *chance.LEGEND, *staleness.REMEDIES], "yellow")
            table.add_row(*cells)
    return table
