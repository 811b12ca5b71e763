"""Make or complete the MLflow runs of results, and write the costs for the page.

First gives MLflow what it could not take while the stages ran. Then makes in MLflow, once, the runs of the leaderboard
whose results came out of DVC's cache rather than from a training here, and those of baselines and ensembles; completes
those that lack a part: epochs, test metrics, artifacts. A row and its MLflow run share the run's name, data, recipe,
seed and model. Then writes the costs that MLflow knows into costs.js beside the report, for its page: seconds, images
per second, latency, peak memory; and the reporting checklists of every run into checklists/. DVC tracks none of it.

The store is mlflow.db in the repository's root, or the one that the environment's MLFLOW_TRACKING_URI names. A relative
path there starts at the repository's root.

`cnnbench bench` and `cnnbench run` do this when they end. It is for results that `dvc repro` or `dvc pull` brought, and
for a store that was lost. That MLflow cannot be had is a warning, with --strict an error.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_path(parser, "--reports", "FOLDER", "reports")
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 where MLflow cannot be had; also CNNBENCH_TRACKING=strict"
    )


def complete(reports: Path) -> None:
    """Does it after what makes results, unless there is no report or nothing is new."""
    from cnnbench.tracking import settled

    if (reports / "leaderboard.csv").exists() and not settled.is_settled(reports):
        try:
            run(argparse.Namespace(reports=reports, strict=False))
        except UserError as error:  # as of a report that is older than what was just made
            _terminal.say(f"warning: not all is in MLflow yet: {error}", error=True)


def run(arguments: argparse.Namespace) -> int:
    """Makes the MLflow runs and prints what was done for each."""
    from cnnbench import tracking
    from cnnbench.checklists import writing
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
    if folder.name == "reports":  # where the checklists look for all that is recorded
        try:
            writing.write_all(folder.parent)
        except UserError as error:  # the costs, and MLflow, have what they need all the same
            _terminal.say(f"warning: reporting checklists were not written: {error}", error=True)
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
