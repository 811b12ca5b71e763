"""Print the leaderboard of the last report.

Each run has its headline metric with its 95 % interval, and its rank among the networks tested on the same examples:
networks that share a letter under ties cannot be told apart. Where results are newer than the report, as after an
experiment on one run, the row is theirs, says so, and has no rank until `dvc repro report`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from cnnbench.results.line import Line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")


def run(arguments: argparse.Namespace) -> int:
    """Prints the leaderboard."""
    from cnnbench.metrics import caveats, lookup
    from cnnbench.results import chance, columns, current, staleness

    folder: Path = arguments.reports
    path = folder / "leaderboard.csv"
    if not path.exists():
        raise UserError(f"Expected a leaderboard in {path}, received none: {_terminal.remedy('dvc repro')}")
    lines = current.read(folder)
    if not lines:
        raise UserError(f"Expected a line per run in {path}, received none: {_terminal.remedy('dvc repro -f report')}")
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
    for badge, remedy in staleness.REMEDIES.items():
        if marked := ", ".join(run.run for run in lines if badge in run.badges):
            console.print(f"{badge.capitalize()}: {marked}; {remedy}.")
    console.print(
        f"See {folder / 'index.html'} (in a browser), {folder / 'report.md'}, and every training in `mlflow ui`."
    )
    return 0


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


def _table(lines: list[Line]) -> Table:
    from rich.text import Text

    from cnnbench.results import chance, columns, staleness

    shown = columns.select("terminal")
    # Numbers are narrower than their headings.
    headings = [f">{column.heading}".replace(" ", "\n", 1) if column.numeric else column.heading for column in shown]
    table = _terminal.table(*headings)
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
