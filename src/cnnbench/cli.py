"""The command `cnnbench`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench import __version__, check
from cnnbench.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from cnnbench.reporting.reading import Rows

_PIPED_WIDTH = 120  # columns, where the output is no terminal

_COLUMNS = ("run", "task", "synthetic", "n_test", "unit")  # of the leaderboard, beside the metrics

_EPILOG = """\
The benchmark itself is run by DVC: `make bench`, or `dvc repro` in the environment that it made.
Exit codes: 0 done, 1 a threshold is missed, a split leaks or a file is not as expected, 2 wrong usage.
"""

_CHECK = """\
Compares the metrics of the last report with `thresholds:` of params.yaml, a floor or a ceiling per run and metric:

  thresholds:
    mnist-mnist_cnn: {accuracy: {min: 0.92}}

and looks for data sets whose split leaks in leakage.json, which stands beside the metrics: groups or exact copies in
more than one of train, val and test, or near copies where `near_copies: join`. An image-level split leaks by design.

Exit codes: 0 all are met and no split leaks; 1 one is missed, its run or metric is absent, or a split leaks; 2 wrong
usage, a file that cannot be read, or no threshold to check.
"""


def main(argv: list[str] | None = None) -> int:
    """Runs `cnnbench` with these arguments, or the command line's.

    Returns:
        The exit code; `--help` tells what each means.
    """
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        code = arguments.on_error
    return code


def _parser() -> argparse.ArgumentParser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="cnnbench",
        description="Convolutional networks on the data sets they were published for: results and thresholds.",
        epilog=_EPILOG,
        formatter_class=formatter,
    )
    parser.add_argument("--version", action="version", version=f"cnnbench {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)
    plan = commands.add_parser(
        "runs",
        help="list what params.yaml asks for",
        description="Lists the runs of params.yaml as they would be trained, and says what in it does not exist.",
    )
    plan.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE", help="default: %(default)s")
    plan.set_defaults(run=_runs, on_error=1)
    gate = commands.add_parser(
        "check",
        help="hold the metrics against the thresholds, and the splits against leaks",
        description=_CHECK,
        formatter_class=formatter,
    )
    gate.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE", help="default: %(default)s")
    gate.add_argument(
        "--metrics", type=Path, default=Path("reports/metrics.json"), metavar="FILE", help="default: %(default)s"
    )
    gate.set_defaults(run=_check, on_error=2)
    short = commands.add_parser(
        "results",
        help="print the leaderboard of the last report",
        description="Prints each run's headline metric with its 95 % interval, as the last report has it.",
    )
    short.add_argument("--reports", type=Path, default=Path("reports"), metavar="FOLDER", help="default: %(default)s")
    short.set_defaults(run=_results, on_error=1)
    return parser


def _runs(arguments: argparse.Namespace) -> int:
    from rich import box
    from rich.table import Table

    from cnnbench import architectures, datasets, params

    knobs = params.load(arguments.params)
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    shown.add_column("run", no_wrap=True)
    for name in ("source", "examples", "size", "split", "optimizer", "lr", "batch", "epochs", "seed", "fold"):
        shown.add_column(name)
    for name in knobs.runs:
        run, data = knobs.run(name), knobs.data(knobs.runs[name].dataset)
        datasets.get(knobs.datasets[run.dataset].definition).source(data.source.name)
        architectures.find(run.architecture)
        recipe = run.recipe
        where = (data.examples or "all", data.size or "-", data.split.protocol)
        cells = (*where, recipe.optimizer, f"{recipe.lr:g}", recipe.batch_size)
        shown.add_row(name, data.source.name, *map(str, (*cells, recipe.epochs, run.seed, run.fold)))
    _console().print(shown)
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from cnnbench import params

    thresholds = params.load(arguments.params).thresholds
    metrics = check.read_metrics(arguments.metrics)
    audits = check.read_audits(arguments.metrics.with_name("leakage.json"))
    leaks = check.leaks(audits)
    found = check.verdicts(metrics, thresholds)
    if not found:
        raise UserError(f"Expected at least one threshold in {arguments.params}, received none: nothing to check.")
    console = _console()
    console.print(check.table(found))
    console.print()
    for verdict in found:
        if verdict.reason:
            console.print(verdict.reason)
    for line in leaks:
        console.print(line)
    console.print(f"{check.summary(found)}, {check.leaks_summary(audits)}")
    return 0 if all(verdict.ok for verdict in found) and not leaks else 1


def _results(arguments: argparse.Namespace) -> int:
    from cnnbench.reporting.reading import rows

    folder: Path = arguments.reports
    path = folder / "leaderboard.csv"
    if not path.exists():
        raise UserError(f"Expected a leaderboard in {path}, received no such file; run `make bench` first.")
    runs = rows(path, _COLUMNS, ("n_test",))
    try:
        shown = _short_table(runs)
    except ValueError as error:
        raise UserError(f"Expected numbers in {path}, received {error}; run `dvc repro -f report`.") from None
    if not runs:
        raise UserError(f"Expected a line per run in {path}, received none; run `dvc repro -f report`.")
    console = _console()
    console.print(shown)
    console.print()
    if any(run["synthetic"] == "true" for run in runs):
        console.print("SYNTHETIC: measured on made-up images; not comparable with any published figure.")
    console.print(
        f"See {folder / 'index.html'} (in a browser), {folder / 'report.md'}, and every training in `mlflow ui`."
    )
    return 0


def _short_table(runs: Rows) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    shown.add_column("run", overflow="fold")
    shown.add_column("metric", no_wrap=True)
    for name in ("value", "95 % interval", "ROC AUC", "tested on"):
        shown.add_column(name, justify="right", no_wrap=name != "tested on")
    shown.add_column("data", no_wrap=True)
    for run in runs:
        metric = "accuracy" if run["task"] == "classification" else "rmse"
        value, low, high = (_decimal(run.get(f"{metric}{end}")) for end in ("", "_low", "_high"))
        mark = Text("SYNTHETIC", style="yellow") if run["synthetic"] == "true" else Text("real")
        name = metric if metric == "accuracy" else f"RMSE, {run['unit']}" if run["unit"] else "RMSE"
        auc = _decimal(run.get("roc_auc"))
        cells = [value, f"[{low}, {high}]", auc, f"{float(run['n_test']):,.0f}"]
        shown.add_row(Text(run["run"]), Text(name), *map(Text, cells), mark)
    return shown


def _decimal(cell: str | None) -> str:
    return f"{float(cell):.3f}" if cell else "-"


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)
