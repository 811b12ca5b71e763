"""Computes the outputs of a model for whole folds; the examples stay on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend import feeding
from cnnbench.data.records.reader import Examples, Inputs
from cnnbench.data.records.schema import Records

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
