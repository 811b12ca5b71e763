"""Checks that the names in params.yaml exist: networks, definitions of data sets, sources, metrics."""

from __future__ import annotations

from collections.abc import Collection

from cnnbench import networks
from cnnbench.config import Params
from cnnbench.core.errors import UserError, unknown
from cnnbench.data import sets
from cnnbench.metrics import lookup
from cnnbench.planning import external_checks
from cnnbench.weights import sources

_OWN = frozenset(("path", "columns", "root", "extension", "labels", "where", "attributes", "positive"))
"""Settings of a source of one's own images, which another would ignore."""


def check(knobs: Params, runs: Collection[str] | None = None) -> None:
    """Checks runs and their data sets.

    Args:
        knobs: The whole of params.yaml.
        runs: Names of runs to check, with their data sets; None for all.

    Raises:
        UserError: A network, a definition, a source, weights or the metric of a published figure do not exist, a source
            has a setting of another, or what the profile sets does not go with a recipe.
    """
    datasets = knobs.datasets if runs is None else {knobs.runs[run].dataset for run in runs}
    for dataset in datasets:
        choice = knobs.data(dataset).source
        sets.get(knobs.datasets[dataset].definition).source(choice.name)
        if choice.name != "folder" and (given := sorted(_OWN & choice.model_fields_set)):
            key = f"datasets.{dataset}.{knobs.profile}.source.{given[0]}"
            raise UserError(
                f"Expected {key} in params.yaml with source: {{name: folder, ...}} alone, received it with "
                f"{choice.name}: remove it."
            )
        if "split" not in knobs.data(dataset).model_fields_set:  # optional in config, but dvc.yaml depends on it
            key = f"datasets.{dataset}.{knobs.profile}.split"
            raise UserError(f"Expected a key {key} in params.yaml, received none: grouped is the usual one.")
    for name, weights in knobs.weights.items() if runs is None else ():
        networks.find(weights.architecture)
        sources.check(name, weights)
    if runs is None:
        external_checks.check_tests(knobs)
        external_checks.check_corruptions(knobs)
    for run in knobs.runs if runs is None else runs:
        networks.find(knobs.run(run).architecture)
        published = knobs.runs[run].published
        if published and published.metric and published.metric not in lookup.names():
            raise unknown(f"runs.{run}.published.metric", published.metric, lookup.names())
