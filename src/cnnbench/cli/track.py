"""`cnnbench track`: one row, one tracker run."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal

if TYPE_CHECKING:
    from cnnbench.cli._terminal import Commands

_DESCRIPTION = """\
Makes in MLflow, once, the runs of the leaderboard whose results came out of DVC's cache rather than from a training
here, and gives those that were trained here the test metrics that came out of it. A row and its tracker run share the
run's name, data, recipe, seed and model. Then writes what the tracker knows of costs into costs.js beside the report,
for its page: seconds, images per second, latency, peak memory, energy. DVC tracks none of it.

The store is mlflow.db in the repository's root, or what the environment's MLFLOW_TRACKING_URI names.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "track",
        help="make the MLflow runs of results from DVC's cache, and write the costs for the page",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench.tracking import catching_up

    folder: Path = arguments.reports
    outcomes, costs = catching_up.catch_up(folder)
    count = Counter(outcomes.values())
    console = _terminal.console()
    for run, outcome in outcomes.items():
        if outcome != "known":
            console.print(f"{run}: {outcome} in MLflow, from DVC's cache")
    console.print(
        f"{len(outcomes)} rows, {len(outcomes)} MLflow runs: {count['known']} known, {count['completed']} completed, "
        f"{count['made']} made. Costs of {len(costs)} in {folder / 'costs.js'}."
    )
    return 0
