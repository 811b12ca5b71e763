"""Results of runs, baselines and splits of data sets that left params.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnbench.config import Params

REMOVED = "removed"


def move_away(out: Path, splits_dir: Path, knobs: Params) -> list[str]:
    """Moves what params.yaml no longer names out of the folders that the report depends on.

    DVC cannot template a list of dependencies, so the report depends on these folders whole. What is left over in them
    would make the report stale and its entry in dvc.lock another one than in a clone that never had it.

    Args:
        out: Of the report, with the folders of runs, baselines, probes and tests. What was there before under the same
            name in its `removed/` is replaced.
        splits_dir: The folder with the files `<data set>.*`.
        knobs: params.yaml.

    Returns:
        A line on each file or folder that was moved.
    """
    wanted: dict[str, Collection[str]] = {"runs": knobs.runs, "baselines": knobs.datasets, "probes": knobs.features}
    wanted |= {"tests": knobs.tests, "corruptions": knobs.corruptions}
    old = [path for folder, names in wanted.items() for path in _listed(out / folder) if path.name not in names]
    kept_splits = tuple(f"{name}." for name in knobs.datasets)  # with the dot: mnist keeps nothing of mnist_c
    old += [path for path in _listed(splits_dir) if not path.name.startswith(kept_splits)]
    lines = []
    for path in old:
        kept = out / REMOVED / path.parent.name / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        if kept.is_dir():  # Path.replace overwrites no folder that has files
            shutil.rmtree(kept)
        path.replace(kept)  # in time: DVC hashes the folders again when the stage has ended
        lines.append(f"{path.as_posix()} is no part of params.yaml any more: moved to {kept.as_posix()}")
    return lines


def _listed(folder: Path) -> list[Path]:
    """What DVC counts in a folder; .dvcignore names the others."""
    return sorted(path for path in folder.glob("*") if path.name not in (".gitignore", ".gitkeep"))
