"""Computes features and writes them; see `on_disk`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnbench.config import FOLDS
from cnnbench.core import files
from cnnbench.data.records import schema
from cnnbench.data.records.schema import Records
from cnnbench.features.computing import by_shard, outputs
from cnnbench.features.layers import between
from cnnbench.features.on_disk import FILE, Features, Shard, layer, load

if TYPE_CHECKING:
    import keras

__all__ = ["FILE", "Features", "Shard", "compute", "layer", "load"]


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
