"""The record of a baseline: what a data set gives without a network, or with one that was trained on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from cnnbench.config import NO_WEIGHTS
from cnnbench.runs.record import FILE, Calibrated, Start


class BaselineRecord(Calibrated):
    """A baseline: reports/baselines/<data set>/<method>/run.json, or reports/probes/<features>/<method>/run.json.

    Attributes:
        method: Its name, as logistic regression.
        features: What it is fitted on, in words.
        chosen: What validation data chose, by name.
        fitted: Number of training examples that it was fitted on.
        parameters: That were fitted; None where the training examples themselves are kept.
        weights, start: Of the network that computed the features, as of a run.
    """

    method: str
    features: str
    chosen: dict[str, float]
    fitted: int
    parameters: int | None = None
    weights: str = NO_WEIGHTS
    start: Start | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads the run.json of a baseline's folder.

        Raises:
            UserError: It is missing or damaged, or of another version.
        """
        return cls.read_json(folder / FILE, f"run `dvc repro {folder.parent.parent.name}@{folder.parent.name}`")
