"""`cnnbench results`: the leaderboard, in the terminal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

    from cnnbench.cli._terminal import Commands
    from cnnbench.results.reading import Rows

_COLUMNS = ("run", "dataset", "task", "synthetic", "n_test", "unit")  # of the leaderboard, beside the metrics


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "results",
        help="print the leaderboard of the last report",
        description="Prints each run's headline metric with its 95 % interval, as the last report has it, and its rank "
        "among the networks tested on the same examples: what shares a letter under ties cannot be told apart.",
    )
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench.results import earlier, staleness
    from cnnbench.results.reading import rows

    folder: Path = arguments.reports
    path = folder / "leaderboard.csv"
    if not path.exists():
        raise UserError(f"Expected a leaderboard in {path}, received no such file; run `make bench` first.")
    runs = rows(path, _COLUMNS, ("n_test",))
    try:
        shown = _table(runs)
    except ValueError as error:
        raise UserError(f"Expected numbers in {path}, received {error}; run `dvc repro -f report`.") from None
    if not runs:
        raise UserError(f"Expected a line per run in {path}, received none; run `dvc repro -f report`.")
    console = _terminal.console()
    console.print(shown)
    console.print()
    if any(run["synthetic"] == "true" for run in runs):
        console.print("SYNTHETIC: measured on made-up images; not comparable with any published figure.")
    if newer := staleness.newer_runs(earlier.figures(path), folder / "runs"):
        console.print(f"This report is older than the results of {', '.join(newer)}: {staleness.REMEDY}.")
    console.print(
        f"See {folder / 'index.html'} (in a browser), {folder / 'report.md'}, and every training in `mlflow ui`."
    )
    return 0


def _table(runs: Rows) -> Table:
    from rich.text import Text

    shown = _terminal.table(
        "run", "rank", "ties", "metric", ">value", ">95 % interval", ">ROC AUC", ">tested on", "data"
    )
    ranked = {run["dataset"] for run in runs if (run.get("rank_high") or "1") != "1"}  # where there is another network
    for run in runs:
        metric = "accuracy" if run["task"] == "classification" else "rmse"
        value, low, high = (_decimal(run.get(f"{metric}{end}")) for end in ("", "_low", "_high"))
        mark = Text("SYNTHETIC", style="yellow") if run["synthetic"] == "true" else Text("real")
        name = metric if metric == "accuracy" else f"RMSE, {run['unit']}" if run["unit"] else "RMSE"
        auc = _decimal(run.get("roc_auc"))
        cells = [name, value, f"[{low}, {high}]", auc, f"{float(run['n_test']):,.0f}"]
        place = [_rank(run), run["tie_group"]] if run["dataset"] in ranked else ["-", "-"]
        shown.add_row(Text(run["run"]), *map(Text, (*place, *cells)), mark)
    return shown


def _rank(run: dict[str, str]) -> str:
    return f"{run['rank']} [{run['rank_low']}, {run['rank_high']}]"


def _decimal(cell: str | None) -> str:
    return f"{float(cell):.3f}" if cell else "-"
