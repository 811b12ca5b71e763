"""The batches of a phase: of examples, or of features, where nothing below the trained layers changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend import sharing
from cnnbench.config import Run
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples, Inputs
from cnnbench.data.records.schema import Records
from cnnbench.features import computing, feature_files
from cnnbench.features.layers import between
from cnnbench.training import labels

if TYPE_CHECKING:
    import keras

MEMORY_BYTES = 4 * 2**30  # features that take more are computed anew in each epoch

Parts = dict[str, tuple[NDArray[Any], NDArray[Any]]]
"""Features and labels of "train" and "val"."""


class Data(NamedTuple):
    """What a training reads.

    Attributes:
        folder: Of the records.
        records: The folder's `records.json`.
        folds: Fold numbers of "train" and "val".
        start: Folder of the weights, perhaps with features; None where the run has none.
    """

    folder: Path
    records: Records
    folds: dict[str, list[int]]
    start: Path | None

    @property
    def examples(self) -> int:
        """Those that train."""
        return sum(self.records.counts(self.folds["train"]).values())


def read_features(network: keras.Model, frozen: str, data: Data, run: Run) -> Parts | None:
    """The outputs of the frozen layers, stored or computed here; None where each epoch has to compute its own.

    Args:
        network: With its weights.
        frozen: The layer up to which it is frozen.
        data: What the training reads.
        run: Whose images change in training where no features of this very layer are stored.

    Raises:
        UserError: Features or records are damaged, or of others.
    """
    have = feature_files.layer(data.start) if data.start else None
    changing = run.recipe.augmentation is not None or run.recipe.mixes
    if have != frozen and changing:
        return None
    model = between(network, have, frozen) if have != frozen else None
    if have is None and not _fit(network, frozen, data):
        return None
    parts = {}
    for part in ("train", "val"):
        folds = data.folds[part]

        def take(held: Examples) -> NDArray[Any]:
            return computing.outputs(model, held.inputs)

        if have is None:
            values = computing.whole(data.folder, data.records, folds, take)
        else:
            assert data.start is not None  # noqa: S101 - it has features
            values = feature_files.load(data.start, data.records, folds)
            values = computing.outputs(model, values) if model else values
        parts[part] = (values, computing.whole(data.folder, data.records, folds, lambda held: held.labels))
    return parts


def _fit(network: keras.Model, frozen: str, data: Data) -> bool:
    """Whether the features fit in memory."""
    each = int(np.prod(network.get_layer(frozen).output.shape[1:])) * np.dtype(np.float32).itemsize
    folds = {fold for part in ("train", "val") for fold in data.folds[part]}
    return each * sum(shard.examples for shard in data.records.shards if shard.fold in folds) <= MEMORY_BYTES


def of_parts(
    run: Run, data: Data, parts: Parts | None, class_weights: dict[int, float] | None, epoch: int
) -> tuple[Batches, Batches]:
    """The batches of shuffled training epochs without end, and those of the validation part.

    Args:
        run: Recipe and seed.
        data: What the training reads.
        parts: Features, in place of examples.
        class_weights: Of soft labels, which come with them.
        epoch: The number of the first, from 0.
    """
    recipe, classes = run.recipe, len(data.records.classes)

    def of(part: str, **more: Any) -> Batches:
        inputs: NDArray[Any] | Inputs
        if parts is None:
            examples = Examples(data.folder, data.records, data.folds[part])
            inputs, targets = examples.inputs, examples.labels
        else:
            inputs, targets = parts[part]
        if labels.are_one_hot(recipe) and "change" not in more:
            targets = labels.one_hot(targets, classes)
        size = recipe.batch_size if part == "train" else sharing.batch_size(len(inputs), recipe.batch_size)
        return Batches(inputs, targets, size=size, **more)

    soft = labels.are_soft(recipe)
    change = {"change": labels.soften(recipe, classes, class_weights, run.seed)} if soft else {}
    return of("train", seed=run.seed, epoch=epoch, multiple=sharing.count(), **change), of("val")
