"""Results of runs and splits of data sets that left params.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

REMOVED = "removed"


def move_away(
    runs_dir: Path, runs: Collection[str], splits_dir: Path, datasets: Collection[str], out: Path
) -> list[str]:
    """Moves what params.yaml no longer names out of the folders that the report depends on.

    DVC cannot template a list of dependencies, so the report depends on the two folders whole. What is left over in
    them would make the report stale and its entry in dvc.lock another one than in a clone that never had it.

    Args:
        runs_dir: The folder with a folder per run.
        runs: The runs of params.yaml.
        splits_dir: The folder with the files `<data set>.*`.
        datasets: The data sets of params.yaml.
        out: Of the report. What was there before under the same name in its `removed/` is replaced.

    Returns:
        A line on each file or folder that was moved.
    """
    old_runs = [path for path in _listed(runs_dir) if path.name not in runs]
    wanted = tuple(f"{name}." for name in datasets)  # with the dot: mnist keeps nothing of mnist_c
    old_splits = [path for path in _listed(splits_dir) if not path.name.startswith(wanted)]
    lines = []
    for path in old_runs + old_splits:
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
