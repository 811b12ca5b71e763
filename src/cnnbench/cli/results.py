"""Print the leaderboard of the last report.

Each run has its headline metric with its 95 % interval, as the last report has it, and its rank among the networks
tested on the same examples: networks that share a letter under ties cannot be told apart.
"""

from __future__ import annotations

import argparse
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
    from cnnbench.results import line, staleness

    folder: Path = arguments.reports
    path = folder / "leaderboard.csv"
    if not path.exists():
        raise UserError(f"Expected a leaderboard in {path}, received no such file; run `make bench` first.")
    lines = line.read(path)
    if not lines:
        raise UserError(f"Expected a line per run in {path}, received none; run `dvc repro -f report`.")
    console = _terminal.console()
    console.print(_table(lines))
    console.print()
    if any(run.synthetic for run in lines):
        console.print("SYNTHETIC: measured on synthetic images; not comparable with any published figure.")
    # Only a line here: it is `cnnbench check` that refuses an older report.
    if newer := staleness.newer_runs({run.run: run.metrics for run in lines}, folder / "runs"):
        console.print(f"This report is older than the results of {', '.join(newer)}: {staleness.REMEDY}.")
    console.print(
        f"See {folder / 'index.html'} (in a browser), {folder / 'report.md'}, and every training in `mlflow ui`."
    )
    return 0


def _table(lines: list[Line]) -> Table:
    from rich.text import Text

    from cnnbench.results import columns

    shown = columns.select("terminal")
    # Numbers are narrower than their headings.
    headings = [f">{column.heading}".replace(" ", "\n", 1) if column.numeric else column.heading for column in shown]
    table = _terminal.table(*headings)
    for line in lines:
        cells = [Text(column.text(line)) for column in shown]
        for cell in cells:
            cell.highlight_words(["SYNTHETIC"], "yellow")
        table.add_row(*cells)
    return table
