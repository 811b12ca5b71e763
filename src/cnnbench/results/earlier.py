"""The results of a git revision, through DVC, or the figures of a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cnnbench.core.errors import UserError
from cnnbench.results.line import metrics_of
from cnnbench.results.reading import Metrics, report_metrics, rows
from cnnbench.runs.record import FILE, RunRecord

METRICS, RUNS = "reports/metrics.json", "reports/runs"
_WANTED = (FILE, "predictions.parquet")


@dataclass(frozen=True)
class Earlier:
    """The results of an earlier state.

    Attributes:
        name: As the user named it.
        metrics: By run and name.
        folder: A folder per run with predictions, while the `with` block lasts.
    """

    name: str
    metrics: Metrics
    folder: Path

    @property
    def predicted(self) -> set[str]:
        """The runs with predictions."""
        return {path.parent.name for path in self.folder.glob("*/predictions.parquet")}


@contextmanager
def read(name: str, runs: Collection[str]) -> Iterator[Earlier]:
    """Reads the results of a revision, or the metrics of a file.

    Args:
        name: A git revision, whose results DVC's cache (or its remote) must hold, or the path of a metrics.json or of
            a leaderboard.csv.
        runs: The runs to fetch predictions of.

    Raises:
        UserError: It is neither, or the metrics cannot be had. Predictions that cannot be had, or whose run.json this
            version cannot read, are left out.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if os.path.isfile(name):  # noqa: PTH113 - Path.is_file fails for a name that is too long
            yield Earlier(name, read_metrics(Path(name)), folder)
        else:
            yield Earlier(name, _fetch(name, runs, folder), folder)


def read_metrics(path: Path) -> Metrics:
    """The metrics of a metrics.json, or of a leaderboard.csv, which holds the same in six decimals.

    Raises:
        UserError: The file is neither.
    """
    if path.suffix != ".csv":
        return report_metrics(path)
    try:
        # As metrics.json, without baselines and ensembles; a leaderboard of an earlier version has neither
        kept = [row for row in rows(path, ("run",)) if row.get("kind") not in ("baseline", "ensemble")]
        return {row["run"]: metrics_of(row) for row in kept}
    except (UserError, ValueError):
        raise UserError(f"Expected the leaderboard.csv of a report in {path}, received something else.") from None


def _fetch(rev: str, runs: Collection[str], folder: Path) -> Metrics:
    """Returns the metrics at a revision; puts the run.json and predictions of these runs into the folder."""
    # Only here, since a file of figures is read without DVC
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        repo = Repo(rev=rev)
    except DvcException:
        raise UserError(
            f"Expected a git revision or a metrics.json after --against, received {rev!r}, which is neither here."
        ) from None
    with repo:
        metrics = folder / "metrics.json"
        try:
            # By way of a file, so that the one reader of metrics.json checks it
            metrics.write_bytes(repo.dvcfs.read_bytes(METRICS))
        except (OSError, DvcException):
            raise UserError(
                f"Expected {METRICS} of {rev} in DVC's cache, received none: check it out and run `dvc fetch` or "
                "`dvc repro`, or name a metrics.json that was kept."
            ) from None
        found = report_metrics(metrics)
        for run in sorted(set(runs) & set(found)):
            try:
                # Both before the folder is made: a run is there whole or not at all
                contents = {wanted: repo.dvcfs.read_bytes(f"{RUNS}/{run}/{wanted}") for wanted in _WANTED}
            except (OSError, DvcException):
                continue
            (folder / run).mkdir()
            for wanted, content in contents.items():
                (folder / run / wanted).write_bytes(content)
            try:
                RunRecord.read(folder / run)
            except UserError:  # another version of cnnbench wrote it
                shutil.rmtree(folder / run)
    return found
