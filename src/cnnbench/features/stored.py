"""Features on disk: a `.npy` file per shard of the records, and `features.json`, which says what they are of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import FOLDS
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.stored_model import StoredModel
from cnnbench.data.records import schema
from cnnbench.data.records.schema import Records
from cnnbench.features.computing import by_shard, outputs
from cnnbench.features.layers import between

if TYPE_CHECKING:
    import keras

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


def compute(network: keras.Model, layer_name: str, folder: Path, records: Records, out: Path) -> Features:
    """Computes the outputs of a layer for all examples of a data set, and writes them.

    Args:
        network: With its weights.
        layer_name: Of a layer of the network.
        folder: Of the records.
        records: The folder's `records.json`.
        out: Folder to write into, beside what is there.

    Raises:
        UserError: A shard is missing, damaged or another one.
    """
    lower = between(network, None, layer_name)
    sha256 = {shard.file: shard.sha256 for shard in records.shards}
    shards = []
    # fold by fold: all features together may not fit in memory
    for fold in range(FOLDS):
        for name, values in by_shard(folder, records, [fold], lambda held: outputs(lower, held.inputs)).items():
            path = (out / name).with_suffix(".npy")
            with files.aside(path) as part, part.open("wb") as file:
                np.save(file, values)
            shards.append(Shard(file=path.name, records_sha256=sha256[name], sha256=files.sha256(path)))
    features = Features(
        dataset=records.dataset,
        layer=layer_name,
        shape=lower.output_shape[1:],
        dtype="float32",
        records_sha256=files.sha256(folder / schema.FILE),
        shards=shards,
    )
    files.write_json(out / FILE, features.model_dump())
    return features


def layer(folder: Path) -> str | None:
    """The layer whose features are in a folder; None where it has none."""
    path = folder / FILE
    return Features.read(path, f"features@{folder.name}").layer if path.is_file() else None


def load(folder: Path, records: Records, folds: list[int]) -> NDArray[np.float32]:
    """Reads the features of some folds, shape (n, ...), in the order of `reader.load`.

    Raises:
        UserError: They are missing, damaged, or of other records.
    """
    stage = f"features@{folder.name}"
    known = {shard.records_sha256: shard for shard in Features.read(folder / FILE, stage).shards}
    found = []
    for shard in records.shards:
        if shard.fold in folds:
            stored = known.get(shard.sha256)
            if stored is None:
                raise UserError(
                    f"Expected features of the records of {records.dataset} in {folder}, received those of others: "
                    f"run `dvc repro {stage}`."
                )
            found.append(_read(folder / stored.file, stored.sha256, stage))
    return np.concatenate(found)


def _read(path: Path, sha256: str, stage: str) -> NDArray[np.float32]:
    try:
        if files.sha256(path) == sha256:
            values: NDArray[np.float32] = np.load(path, allow_pickle=False)
            return values
        received = "another"
    except OSError as error:
        received = str(error)
    raise UserError(f"Expected {path} as its stage leaves it, received {received}: run `dvc repro -f {stage}`.")
