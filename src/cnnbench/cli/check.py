"""`cnnbench check`: the gate."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench import check
from cnnbench.cli import _terminal
from cnnbench.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from cnnbench.cli._terminal import Commands

_DESCRIPTION = """\
Compares the metrics of the last report with `thresholds:` of params.yaml, a floor or a ceiling per run and metric:

  thresholds:
    mnist-mnist_cnn: {accuracy: {min: 0.92}}

and looks for data sets whose split leaks in leakage.json, which stands beside the metrics: groups or exact copies in
more than one of train, val and test, or near copies where `near_copies: join`. An image-level split leaks by design.

Exit codes: 0 all are met and no split leaks; 1 one is missed, its run or metric is absent, or a split leaks; 2 wrong
usage, a file that cannot be read, or no threshold to check.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "check",
        help="hold the metrics against the thresholds, and the splits against leaks",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE", help="default: %(default)s")
    parser.add_argument(
        "--metrics", type=Path, default=Path("reports/metrics.json"), metavar="FILE", help="default: %(default)s"
    )
    parser.set_defaults(run=_run, on_error=2)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench import params

    thresholds = params.load(arguments.params).thresholds
    metrics = check.read_metrics(arguments.metrics)
    audits = check.read_audits(arguments.metrics.with_name("leakage.json"))
    leaks = check.leaks(audits)
    found = check.verdicts(metrics, thresholds)
    if not found:
        raise UserError(f"Expected at least one threshold in {arguments.params}, received none: nothing to check.")
    console = _terminal.console()
    console.print(_table(found))
    console.print()
    for verdict in found:
        if verdict.reason:
            console.print(verdict.reason)
    for line in leaks:
        console.print(line)
    console.print(f"{check.summary(found)}, {check.leaks_summary(audits)}")
    return 0 if all(verdict.ok for verdict in found) and not leaks else 1


def _table(found: list[check.Verdict]) -> Table:
    from rich.text import Text

    shown = _terminal.table("run", "metric", ">value", ">bound", ">margin", "verdict")
    for verdict in found:
        value = "-" if verdict.value is None else f"{verdict.value:.4f}"
        margin = "-" if verdict.margin is None else f"{verdict.margin:+.4f}"
        word = Text(verdict.word, style="green" if verdict.ok else "bold red")
        shown.add_row(Text(verdict.run), Text(verdict.metric), value, verdict.limit, margin, word)
    return shown
