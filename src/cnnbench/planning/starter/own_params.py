"""The params.yaml of a project of a user's own: the repository's knobs and comments, with one data set and two runs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cnnbench.config import Quick, Recipe, Run
from cnnbench.core import files
from cnnbench.planning import params_file
from cnnbench.planning.params_file import NewRun

NETWORKS = ("small_cnn", "plain_cnn")
"""The project's own, which `cnnbench init` writes, and one of the package."""

_SECTIONS = ("datasets", "weights", "features", "runs", "thresholds")
WORDS = {
    "a folder of src/cnnbench/data/sets/": "folder: images of your own; or one of the package, or of sets/ here",
    "a file of src/cnnbench/networks/, without .py": "a file of networks/ here without .py, or one of the package's",
    "quick: embedded data, minutes on two CPU cores | full: the data as published, published recipes": (
        "quick: a trial, some of the data and few epochs | full: all of them"
    ),
}
"""What the comments of the repository say, and what is true of a project."""


def make(shipped: str, name: str, entry: dict[str, Any]) -> str:
    """The text of params.yaml without runs.

    Args:
        shipped: That of the repository.
        name: Of the data set.
        entry: The data set's definition and its settings in each profile.
    """
    for theirs, ours in WORDS.items():
        shipped = shipped.replace(theirs, ours)
    # a section is its comments, its key and what is indented below it
    parts = re.findall(r"(?m)^(?:#.*\n)*\w+:.*\n(?: .*\n|\n)*", shipped)
    text = ""
    for part in parts:
        key = re.search(r"(?m)^(\w+):", part)
        if key is None or key[1] not in _SECTIONS:
            text += part
            continue
        body = {name: entry} if key[1] == "datasets" else {}
        text += part[: key.start()] + _as_dvc_writes({key[1]: body}) + "\n"
    return shipped[: shipped.index(parts[0])] + text.rstrip("\n") + "\n"


def add_runs(path: Path, dataset: str, epochs: int, commonest: float) -> None:
    """Adds a run of each network to a params.yaml, and the threshold that none may miss.

    Args:
        path: The file.
        dataset: Of the runs.
        epochs: In the full profile; the quick one has a quarter.
        commonest: Share of the commonest class.
    """
    recipe = Recipe(epochs=epochs)
    runs = [
        NewRun(f"{dataset}-{network}", Run(dataset=dataset, architecture=network, recipe=recipe, quick=quick), "", "")
        for network, quick in zip(NETWORKS, [Quick(epochs=max(1, epochs // 4))] * len(NETWORKS), strict=True)
    ]
    params_file.add(path, runs)
    bound = {"accuracy": {"min": round(commonest, 3)}}  # what the commonest class alone would give
    thresholds = _as_dvc_writes({"thresholds": {new.name: bound for new in runs}})
    files.write_text(path, path.read_text(encoding="utf-8").replace("thresholds: {}\n", thresholds))


def _as_dvc_writes(content: dict[str, Any]) -> str:
    """YAML in the form that DVC gives back, so that `dvc exp run -S` changes one line."""
    yaml = YAML()
    yaml.default_flow_style = False
    # through JSON: else what two profiles share would be an anchor
    yaml.dump(json.loads(json.dumps(content)), text := io.StringIO())
    return text.getvalue()
