"""Whether what params.yaml names exists: networks, definitions of data sets and their sources."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnbench import networks
from cnnbench.config import Params
from cnnbench.core.errors import UserError
from cnnbench.data import sets

_NAME = re.compile(r"[A-Za-z0-9][\w .+-]*")  # a name becomes a folder, a target of DVC and a quoted word of a command


def check(knobs: Params, runs: Collection[str] | None = None) -> None:
    """Checks runs and their data sets.

    Args:
        knobs: The whole of params.yaml.
        runs: Names of those to check; None for all, and all data sets.

    Raises:
        UserError: A name cannot be a folder's, or a network, a definition or a source does not exist.
    """
    datasets = knobs.datasets if runs is None else {knobs.runs[run].dataset for run in runs}
    for dataset in datasets:
        _check_name("datasets", dataset)
        sets.get(knobs.datasets[dataset].definition).source(knobs.data(dataset).source.name)
        if "split" not in knobs.data(dataset).model_fields_set:  # optional here, but a dependency in dvc.yaml
            key = f"datasets.{dataset}.{knobs.profile}.split"
            raise UserError(f"Expected a key {key} in params.yaml, received none: grouped is the usual one.")
    for run in knobs.runs if runs is None else runs:
        _check_name("runs", run)
        networks.find(knobs.runs[run].architecture)


def _check_name(section: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UserError(
            f"Expected names of letters, digits, spaces and . _ + - under {section} in params.yaml, received {name!r}."
        )
