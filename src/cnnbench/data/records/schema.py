"""The cache's format: TFRecord shards, fold by fold, and `records.json`, which describes them.

A record is a `tf.train.Example` with `id` and `group` (bytes), `label` (int64 class index, or float target) and `input`
(raw little-endian pixels or features in C order). `reader` reads it by NumPy, and plain `tf.data.TFRecordDataset` can.
Pixels stay raw uint8: measured on 180x180 RGB, that reads three times as fast as JPEG and eight times as PNG.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from pydantic import model_validator

from cnnbench.config import FIXED, FOLDS, Fit, Protocol, Split, Task
from cnnbench.core.errors import UserError
from cnnbench.core.stored_model import StoredModel
from cnnbench.data.parts import choose_folds

FILE = "records.json"


class Shard(StoredModel):
    """One file of records, all of one fold."""

    file: str
    fold: int
    examples: int
    sha256: str


class Fold(StoredModel):
    """What one fold holds.

    Attributes:
        counts: Examples per class; of a regression, one entry "examples".
        mean, std: Per channel or feature, in the unit of the records. A run combines those of its training folds.
    """

    counts: dict[str, int]
    mean: list[float]
    std: list[float]


class Records(StoredModel):
    """The content of `records.json`.

    Attributes:
        shape, dtype: Of one input; (height, width, channels) or (features, 1).
        protocol: How they were split.
        fit: How images were brought to their shape.
        ranges: As of source.json, for images to predict.
        grouped: Whether some examples share a group; the folds keep a group whole.
        folds: By fold, 0 to 9.
    """

    dataset: str
    task: Task
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str
    fit: Fit
    ranges: dict[str, tuple[float, float]]
    protocol: Protocol
    grouped: bool
    examples: int
    folds: list[Fold]
    shards: list[Shard]

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        held = [sum(fold.counts.values()) for fold in self.folds]
        in_shards = [sum(shard.examples for shard in self.shards if shard.fold == fold) for fold in range(FOLDS)]
        if held != in_shards or sum(held) != self.examples:
            raise ValueError("numbers of examples that agree")
        return self

    @property
    def fixed(self) -> bool:
        """Whether the test part was given; a dealt one turns with the fold of a run."""
        return self.protocol in FIXED

    def parts(self, split: Split, fold: int) -> dict[str, list[int]]:
        """The folds that train, validate and test when `fold` is the first test fold.

        Raises:
            UserError: The test part is given, so it does not turn, and `fold` is not 0.
        """
        if self.fixed and fold:
            raise UserError(
                f"Expected fold: 0, since protocol {self.protocol} has one test part, received fold: {fold}."
            )
        return choose_folds(split, fold, fixed=self.fixed)

    def scale(self, folds: list[int]) -> tuple[list[float], list[float]]:
        """Mean and spread per channel or feature of some folds together; a spread of 0 becomes 1."""
        held = [self.folds[fold] for fold in folds]
        sizes = np.array([sum(fold.counts.values()) for fold in held])
        mean = np.average([fold.mean for fold in held], axis=0, weights=sizes)
        # mean squares can be averaged over folds, standard deviations cannot
        square = np.average([np.square(fold.mean) + np.square(fold.std) for fold in held], axis=0, weights=sizes)
        spread = np.sqrt(np.maximum(square - mean**2, 0))
        # a constant feature would divide by 0
        return mean.tolist(), np.where(spread > 0, spread, 1).tolist()

    def counts(self, folds: list[int]) -> dict[str, int]:
        """Examples per class in some folds together."""
        return {name: sum(self.folds[fold].counts[name] for fold in folds) for name in self.classes or ("examples",)}


def read(folder: Path) -> Records:
    """Reads the `records.json` of a folder.

    Raises:
        UserError: It is missing, damaged, of another version or another data set.
    """
    records = Records.read(folder / FILE, f"cache@{folder.name}")
    if records.dataset != folder.name:
        raise UserError(
            f"Expected records of {folder.name} in {folder}, received those of {records.dataset}: "
            f"run `dvc repro -f cache@{folder.name}`."
        )
    return records
