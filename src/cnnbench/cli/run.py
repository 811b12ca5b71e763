"""Train and evaluate some runs, side by side, then report them.

Brings the stages of these runs up to date as `cnnbench bench` does, with the baselines of their data sets and their
tests on other data sets and on corrupted images, where params.yaml has some. Then it compiles the report from all
results that are here, and prints the leaderboard of these runs.

It exits 1 where a stage failed.
"""

from __future__ import annotations

import argparse

from cnnbench.cli import _engines, _selection, bench, results, track


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("names", nargs="+", metavar="RUN", help=_selection.HELP)
    _engines.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Runs the stages, and prints the rows of their runs; 1 where a stage failed."""
    from cnnbench import config

    params = config.load()
    datasets = {name: run.dataset for name, run in params.runs.items()}
    chosen = _selection.choose(arguments.names, datasets)
    targets = [
        *(f"evaluate@{name}" for name in chosen),
        *dict.fromkeys(f"baselines@{datasets[name]}" for name in chosen),
        *(f"test@{name}" for name, test in params.tests.items() if test.run in chosen),
        *(f"corrupt@{name}" for name in params.corruptions if name in chosen),
    ]
    if not bench.execute(arguments, targets, last="report"):
        return 1
    track.complete(bench.REPORTS)
    return results.show(bench.REPORTS, chosen)
