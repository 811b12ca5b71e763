"""Whether a report is older than the results that it was made of, by their content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError
from cnnbench.results import gate
from cnnbench.results.reading import AGAIN, json_object

REMEDY = "`dvc repro report` makes it again"

Rounded = dict[str, tuple[float | None, ...]]


def newer_runs(reported: Mapping[str, Any], runs_dir: Path) -> list[str]:
    """The runs whose results differ from those in a report, or are not in it.

    Args:
        reported: {run: {metric: {"value", "low", "high"}}}, as in metrics.json or leaderboard.csv of the report.
        runs_dir: The folder with a folder per run. A run that is not there, as in a clone without its results, is as
            the report has it.

    Raises:
        UserError: The metrics.json of a run is damaged.
    """
    found = {path.parent.name: _read(path) for path in sorted(runs_dir.glob("*/metrics.json"))}
    return [run for run, metrics in found.items() if _rounded(metrics) != _rounded(reported.get(run, {}))]


def _read(path: Path) -> dict[str, Any]:
    metrics = json_object(path)
    if not all(gate.is_measure(measure) for measure in metrics.values()):
        raise UserError(f"Expected value, low and high of each metric in {path}, received something else; {AGAIN}.")
    return metrics


def _rounded(metrics: Mapping[str, Any]) -> Rounded:
    """The metrics that are defined, in six decimals, which is what a leaderboard.csv holds."""
    ends = {name: [measure.get(end) for end in ("value", "low", "high")] for name, measure in metrics.items()}
    return {
        name: tuple(None if end is None else round(end, 6) for end in measure)
        for name, measure in ends.items()
        if measure[0] is not None
    }
