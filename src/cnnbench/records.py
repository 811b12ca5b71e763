"""The cache's format: TFRecord shards, fold by fold, and `records.json`, which says what is in them.

A record is a `tf.train.Example` with `id` and `group` (bytes), `label` (int64 class index, or float target) and `input`
(raw little-endian pixels or features in C order). Plain `tf.data.TFRecordDataset` reads it; so does `cnnbench.batches`.
Pixels stay raw uint8: measured on 180x180 RGB, that reads three times as fast as JPEG and eight times as PNG.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnbench import files
from cnnbench.errors import UserError
from cnnbench.params import Task

FILE = "records.json"


class Shard(BaseModel):
    """One file of records, all of one fold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    fold: int
    examples: int
    sha256: str


class Fold(BaseModel):
    """What one fold holds.

    Attributes:
        counts: Examples per class; of a regression, one entry "examples".
        mean: Per channel or feature, in the records' own unit. Per fold, so that a run can use those it trains on.
        std: As `mean`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: dict[str, int]
    mean: list[float]
    std: list[float]


class Records(BaseModel):
    """The content of `records.json`.

    Attributes:
        shape: Of one input: (height, width, channels) or (features, 1).
        dtype: Of one input.
        grouped: Whether groups bind examples together beyond exact copies.
        folds: By fold, 0 to 9.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    task: Task
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    grouped: bool
    examples: int
    folds: list[Fold]
    shards: list[Shard]

    def counts(self, folds: list[int]) -> dict[str, int]:
        """Examples per class in some folds together."""
        names = self.classes or ("examples",)
        return {name: sum(self.folds[fold].counts[name] for fold in folds) for name in names}


def read(folder: Path) -> Records:
    """Reads the `records.json` of a folder.

    Raises:
        UserError: The folder has none.
    """
    try:
        return Records.model_validate(files.read_json(folder / FILE))
    except FileNotFoundError:
        raise UserError(
            f"Expected {folder / FILE}, received none: run `dvc repro cache@{folder.name}` first."
        ) from None
