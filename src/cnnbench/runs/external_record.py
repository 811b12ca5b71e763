"""The record of a test on another data set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from cnnbench.config import NO_WEIGHTS
from cnnbench.runs.record import FILE, Calibrated, Start


class ExternalRecord(Calibrated):
    """A test of a run on another data set: reports/tests/<test>/run.json.

    As of the run are: `dataset`, which it was trained on, `protocol`, training and validation examples, threshold and
    temperature, which its own validation data chose. Of the other data set are the test examples and where they come
    from.

    Attributes:
        network: The run.
        tested_on: The other data set.
        part: Of it: all or test.
        mapping: The class of the network by the other data set's; empty where its examples are left out.
        left_out: Examples by reason.
        seed, architecture, parameters, trained_parameters, flops, weights, start, trials: Of the run.
    """

    network: str
    tested_on: str
    part: str
    mapping: dict[str, str]
    left_out: dict[str, int]
    seed: int
    architecture: str
    parameters: int
    trained_parameters: int | None = None
    flops: int
    weights: str = NO_WEIGHTS
    start: Start | None = None
    trials: int = 0

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Reads the run.json of a test's folder.

        Raises:
            UserError: It is missing or damaged, or of another version.
        """
        return cls.read_json(folder / FILE, f"run `dvc repro test@{folder.name}`")


OF_THE_RUN = (
    "dataset", "task", "classes", "protocol", "profile", "fold", "input_shape", "seed", "architecture", "parameters",
    "trained_parameters", "flops", "weights", "start", "trials", "threshold", "temperature",
)  # fmt: skip
"""Fields that are those of the run."""
