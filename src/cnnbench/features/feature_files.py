"""Features on disk: a `.npy` file per shard of the records, and `features.json`, which says what they are of.

Read without TensorFlow, for what starts in no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.stored_model import StoredModel
from cnnbench.data.records.schema import Records

FILE = "features.json"


class Shard(StoredModel):
    """The features of one shard of the records.

    Attributes:
        file: Of the features.
        records_sha256: Of the shard.
        sha256: Of the features.
    """

    file: str
    records_sha256: str
    sha256: str


class Features(StoredModel):
    """The content of `features.json`.

    Attributes:
        layer: Whose outputs they are.
        shape: Of one example's.
        records_sha256: Of `records.json`.
    """

    dataset: str
    layer: str
    shape: tuple[int, ...]
    dtype: str
    records_sha256: str
    shards: list[Shard]


def layer(folder: Path) -> str | None:
    """The layer whose features are in a folder; None where it has none."""
    path = folder / FILE
    return Features.read(path, f"features@{folder.name}").layer if path.is_file() else None


def load(folder: Path, records: Records, folds: list[int]) -> NDArray[np.float32]:
    """Reads the features of some folds, shape (n, ...), in the order of `reader.load`; raises as `read_shards`."""
    return np.concatenate(list(read_shards(folder, records, folds)))


def read_shards(folder: Path, records: Records, folds: list[int]) -> Iterator[NDArray[np.float32]]:
    """Reads the features of some folds, shard by shard, each of shape (n, ...).

    Raises:
        UserError: They are missing, damaged, or of other records.
    """
    stage = f"features@{folder.name}"
    known = {shard.records_sha256: shard for shard in Features.read(folder / FILE, stage).shards}
    for shard in records.shards:
        if shard.fold in folds:
            stored = known.get(shard.sha256)
            if stored is None:
                raise UserError(
                    f"Expected features of the records of {records.dataset} in {folder}, received those of others: "
                    f"run `dvc repro {stage}`."
                )
            yield _read(folder / stored.file, stored.sha256, stage)


def _read(path: Path, sha256: str, stage: str) -> NDArray[np.float32]:
    try:
        if files.sha256(path) == sha256:
            values: NDArray[np.float32] = np.load(path, allow_pickle=False)
            return values
        received = "another"
    except OSError as error:
        received = str(error)
    raise UserError(f"Expected {path} as its stage leaves it, received {received}: run `dvc repro -f {stage}`.")
