"""Computes the outputs of a model for whole folds, and writes those of a data set; the examples stay on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend import feeding
from cnnbench.config import FOLDS
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.records import schema
from cnnbench.data.records.reader import Examples, Inputs
from cnnbench.data.records.schema import Records
from cnnbench.features.feature_files import FILE, Features, Shard
from cnnbench.features.layers import between

if TYPE_CHECKING:
    import keras

BATCH = 64  # examples at a time: the outputs are the same to the bit with others (measured)


def outputs(model: keras.Model, inputs: NDArray[Any] | Inputs) -> NDArray[np.float32]:
    """The outputs of a model as float32."""
    return np.asarray(feeding.predict(model, inputs, BATCH), np.float32)


def by_shard(
    folder: Path, records: Records, folds: list[int], take: Callable[[Examples], NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """What `take` makes of the examples of each shard of some folds, by the shard's file, in the records' order.

    Raises:
        UserError: A shard is missing, damaged or another one.
    """
    shards = [shard for shard in records.shards if shard.fold in folds]
    found = {}
    for fold in sorted({shard.fold for shard in shards}):
        taken, begin = take(Examples(folder, records, [fold])), 0
        for shard in shards:
            if shard.fold == fold:
                found[shard.file] = taken[begin : begin + shard.examples]
                begin += shard.examples
    return {shard.file: found[shard.file] for shard in shards}


def whole(folder: Path, records: Records, folds: list[int], take: Callable[[Examples], NDArray[Any]]) -> NDArray[Any]:
    """The same as one array, in the order of `reader.Examples`."""
    return np.concatenate([*by_shard(folder, records, folds, take).values()])


def compute(network: keras.Model, layer_name: str, folder: Path, records: Records, out: Path) -> Features:
    """Computes the outputs of a layer for all examples of a data set, and writes them.

    Args:
        network: With its weights.
        layer_name: Of a layer of the network.
        folder: Of the records.
        records: The folder's `records.json`.
        out: Folder to write into, beside what is there.

    Raises:
        UserError: A shard is missing, damaged or another one, or an output is no finite number.
    """
    lower = between(network, None, layer_name)
    sha256 = {shard.file: shard.sha256 for shard in records.shards}
    shards = []
    # fold by fold: all features together may not fit in memory
    for fold in range(FOLDS):
        for name, values in by_shard(folder, records, [fold], lambda held: outputs(lower, held.inputs)).items():
            if not np.isfinite(values).all():
                raise UserError(
                    f"Expected finite outputs of {layer_name} for {records.dataset}, received others: start from "
                    "weights that were trained on inputs of this scale."
                )
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
