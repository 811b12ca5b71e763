"""Computes the outputs of a model for whole folds, one fold of the records in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records import reader
from cnnbench.data.records.gathering import Part
from cnnbench.data.records.schema import Records

if TYPE_CHECKING:
    import keras

BATCH = 64  # examples at a time: the outputs are the same to the bit with others (measured)


def outputs(model: keras.Model, inputs: NDArray[Any]) -> NDArray[np.float32]:
    """The outputs of a model for inputs in memory, as float32."""
    return np.asarray(model.predict(reader.batch_arrays(inputs, BATCH), verbose=0), np.float32)


def by_shard(
    folder: Path, records: Records, folds: list[int], take: Callable[[Part], NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """What `take` makes of the examples of each shard of some folds, by the shard's file, in the records' order.

    Raises:
        UserError: A shard is missing, damaged or another one.
    """
    shards = [shard for shard in records.shards if shard.fold in folds]
    found = {}
    for fold in sorted({shard.fold for shard in shards}):
        taken, begin = take(reader.load(folder, records, [fold])), 0
        for shard in shards:
            if shard.fold == fold:
                found[shard.file] = taken[begin : begin + shard.examples]
                begin += shard.examples
    return {shard.file: found[shard.file] for shard in shards}


def whole(folder: Path, records: Records, folds: list[int], take: Callable[[Part], NDArray[Any]]) -> NDArray[Any]:
    """The same as one array, in the order of `reader.load`."""
    return np.concatenate([*by_shard(folder, records, folds, take).values()])
