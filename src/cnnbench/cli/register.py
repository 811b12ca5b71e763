"""Put a trained network into MLflow's model registry.

The model of a run becomes a new version of the registered model of the run's name: with signature, pinned
requirements, its test metrics, a description with the licence of its data, the model's SHA-256 and its path in DVC,
linked to the MLflow run that trained it. A model that is there already gets no second version. The alias `current`
names the version that models/ holds: models:/<run>@current.

Its outputs are not calibrated. Call it in the repository's root; the store is the mlflow.db
there, or the one that the environment's MLFLOW_TRACKING_URI names.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_run(parser)


def run(arguments: argparse.Namespace) -> int:
    """Registers the model and prints its URI."""
    from cnnbench.backend import runtime
    from cnnbench.inference import trained_run

    record = trained_run.find(arguments.name, Path())  # before TensorFlow: a wrong name is refused at once
    runtime.import_quietly(record.backend)  # before the registry: only a first import can be quiet
    from cnnbench.tracking import registry

    registered = registry.register(record, Path())
    if registered.new:
        _terminal.say(f"{registered.uri} registered, of MLflow run {registered.run_id}")
    else:
        _terminal.say(f"{registered.uri} is this model already: no new version made")
    return 0
