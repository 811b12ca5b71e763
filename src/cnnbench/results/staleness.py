"""Whether a report is older than the results that it was made of, or results than their training, by their content."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path

from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results.reading import Metrics, rows, run_metrics
from cnnbench.runs.record import FILE

NEWER, OLDER = "newer than the report", "older than its training"
"""Badges: of a run whose own results are shown, since a report has others or none, and of one that was trained anew."""
REMEDIES = {NEWER: "`dvc repro report` ranks it", OLDER: "`dvc repro evaluate` measures it"}


def newer_runs(reported: Metrics, runs_dir: Path) -> dict[str, dict[str, Estimate]]:
    """The metrics of the runs whose results differ from those in a report, or are not in it.

    Args:
        reported: By run and metric, as the metrics.json or leaderboard.csv of the report has them.
        runs_dir: The folder with a folder per run. A run that is not there, as in a clone without its results, is as
            the report has it.

    Raises:
        UserError: The metrics.json of a run is damaged.
    """
    # By content: the times of files are those of the last checkout. The record is what evaluate writes last.
    measured = {
        path.parent.name: run_metrics(path.with_name("metrics.json")) for path in sorted(runs_dir.glob(f"*/{FILE}"))
    }
    return {run: metrics for run, metrics in measured.items() if differ(metrics, reported.get(run, {}))}


def differ(measured: Mapping[str, Estimate], reported: Mapping[str, Estimate]) -> bool:
    """Whether a report has other metrics of a result, as far as a leaderboard.csv could tell."""
    return _rounded(measured) != _rounded(reported)


def retrained_runs(runs_dir: Path, models_dir: Path) -> list[str]:
    """The runs that were trained anew since they were evaluated.

    Args:
        runs_dir: The folder with the results.
        models_dir: That with the trained models; one that is not there is as its results have it.

    Raises:
        UserError: A record of one is damaged.
    """
    return [path.parent.name for path in sorted(models_dir.glob(f"*/{FILE}")) if _is_other(path.parent, runs_dir)]


def check_trainings(runs_dir: Path, models_dir: Path, names: Collection[str] | None = None) -> None:
    """Refuses results of a training that is no more, of these runs alone if they are given; see `retrained_runs`."""
    if older := [run for run in retrained_runs(runs_dir, models_dir) if names is None or run in names]:
        raise UserError(
            f"Expected results in {runs_dir} of what is in {models_dir}, received those of an earlier training of "
            f"{', '.join(older)}: `dvc repro {' '.join(f'evaluate@{run}' for run in older)}` measures it."
        )


def _is_other(model: Path, runs_dir: Path) -> bool:
    """Whether the results of a run are of another training than the one in its model's folder."""
    results = runs_dir / model.name
    if not (results / FILE).exists():
        return False
    trained, evaluated = (_read(folder / FILE) for folder in (model, results))
    # To the changes from the publication the evaluation adds those of the data.
    same_record = all(evaluated.get(key) == value for key, value in trained.items() if key != "changed")
    return not same_record or _history(model) != _history(results)


def _read(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"Expected JSON in {path}, received {error}: run `dvc repro` to make it again.") from None
    return content if isinstance(content, dict) else {}


def _history(folder: Path) -> list[dict[str, str]]:
    """In six digits, which is what the copy beside the results holds."""
    return [{key: _short(cell) for key, cell in row.items()} for row in rows(folder / "history.csv", ("epoch",))]


def _short(cell: str) -> str:
    try:
        return f"{float(cell):.6g}"
    except ValueError:
        return cell


def _rounded(metrics: Mapping[str, Estimate]) -> dict[str, list[str]]:
    """The metrics that are defined, in six decimals, which is what a leaderboard.csv holds."""
    return {name: [f"{end:.6f}" for end in ends] for name, ends in metrics.items() if not math.isnan(ends.value)}
