"""Make or complete the MLflow runs of results, and write the costs for the page.

First gives MLflow what it could not take while the stages ran. Then makes in MLflow, once, the runs of the leaderboard
whose results came out of DVC's cache rather than from a training here, and those of baselines and ensembles; completes
those that lack a part: epochs, test metrics, artifacts. A row and its MLflow run share the run's name, data, recipe,
seed and model. Then writes the costs that MLflow knows into costs.js beside the report, for its page: seconds, images
per second, latency, peak memory. DVC tracks none of it.

The store is mlflow.db in the repository's root, or the one that the environment's MLFLOW_TRACKING_URI names. A relative
path there starts at the repository's root.

Exit codes: 0 done, or a warning that MLflow cannot be had; 1 a file is not as expected, or with --strict MLflow cannot
be had; 2 wrong usage.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 where MLflow cannot be had; also CNNBENCH_TRACKING=strict"
    )


def run(arguments: argparse.Namespace) -> int:
    """Makes the MLflow runs and prints what was done for each."""
    from cnnbench import tracking
    from cnnbench.tracking import backfill, connection, settled, store_error

    folder: Path = arguments.reports
    strict = tracking.is_strict() or arguments.strict
    connection.bound_requests()
    console = _terminal.console()
    try:
        # First, and whatever the report: an experiment's run is in no leaderboard here.
        for name in backfill.complete_earlier_runs():
            console.print(f"{name}: completed in MLflow, from what its stage kept for it")
        outcomes, costs = backfill.add_missing_runs(folder)
    except store_error.StoreError as error:
        if strict:
            raise
        store_error.warn(error.reason)  # a dead server is no fault of the benchmark, which ends with this command
        return 0
    settled.note(folder)
    count = Counter(outcomes.values())
    for name, outcome in outcomes.items():
        if outcome != "known":
            console.print(f"{name}: {outcome} in MLflow, from its results")
    console.print(
        f"{len(outcomes)} rows, {len(outcomes)} MLflow runs: {count['known']} known, {count['completed']} completed, "
        f"{count['made']} made. Costs of {len(costs)} in {folder / 'costs.js'}."
    )
    return 0
