"""`cnnbench register`: a trained network in MLflow's model registry."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnbench.cli._terminal import Commands

_DESCRIPTION = """\
Puts the model of a run into MLflow's model registry, as a new version of the registered model called like the run: with
signature, pinned requirements, the model's SHA-256 and its path in DVC, tied to the MLflow run that trained it. A model
that is there already gets no second version.

Its outputs are those of the network, not calibrated. Call it in the repository's root; the store is the mlflow.db
there, or what the environment's MLFLOW_TRACKING_URI names.

Exit codes: 0 registered, now or before; 1 it is not, and why; 2 wrong usage.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "register",
        help="put a trained network into MLflow's model registry",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="RUN", help="as `cnnbench runs` names it")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench.backend import runtime
    from cnnbench.inference import trained_run

    run = trained_run.find(arguments.name, Path())
    runtime.import_quietly()
    from cnnbench.tracking import registry

    found = registry.register(run, Path())
    if found.new:
        print(f"{found.uri} registered, of MLflow run {found.run_id}")
    else:
        print(f"{found.uri} is this model already: no new version made")
    return 0
