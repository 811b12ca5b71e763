"""Whether a report is older than the results that it was made of, by their content."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results.reading import Metrics, run_metrics

REMEDY = "`dvc repro report` makes it again"


def newer_runs(reported: Metrics, runs_dir: Path) -> list[str]:
    """The runs whose results differ from those in a report, or are not in it.

    Args:
        reported: By run and metric, as the metrics.json or leaderboard.csv of the report has them.
        runs_dir: The folder with a folder per run. A run that is not there, as in a clone without its results, is as
            the report has it.

    Raises:
        UserError: The metrics.json of a run is damaged.
    """
    # By content: the times of files are those of the last checkout
    measured = {path.parent.name: run_metrics(path) for path in sorted(runs_dir.glob("*/metrics.json"))}
    return [run for run, metrics in measured.items() if _rounded(metrics) != _rounded(reported.get(run, {}))]


def _rounded(metrics: Mapping[str, Estimate]) -> dict[str, list[str]]:
    """The metrics that are defined, in six decimals, which is what a leaderboard.csv holds."""
    return {name: [f"{end:.6f}" for end in ends] for name, ends in metrics.items() if not math.isnan(ends.value)}
