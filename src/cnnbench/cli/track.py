"""Make the MLflow runs of results from DVC's cache, and write the costs for the page.

Makes in MLflow, once, the runs of the leaderboard whose results came out of DVC's cache rather than from a training
here, and gives those that were trained here the test metrics that came out of it. A row and its MLflow run share the
run's name, data, recipe, seed and model. Then writes the costs that MLflow knows into costs.js beside the report, for
its page: seconds, images per second, latency, peak memory. DVC tracks none of it.

The store is mlflow.db in the repository's root, or the one that the environment's MLFLOW_TRACKING_URI names.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")


def run(arguments: argparse.Namespace) -> int:
    """Makes the MLflow runs and prints what was done for each."""
    from cnnbench.tracking import backfill

    folder: Path = arguments.reports
    outcomes, costs = backfill.add_missing_runs(folder)
    count = Counter(outcomes.values())
    console = _terminal.console()
    for name, outcome in outcomes.items():
        if outcome != "known":
            console.print(f"{name}: {outcome} in MLflow, from DVC's cache")
    console.print(
        f"{len(outcomes)} rows, {len(outcomes)} MLflow runs: {count['known']} known, {count['completed']} completed, "
        f"{count['made']} made. Costs of {len(costs)} in {folder / 'costs.js'}."
    )
    return 0
