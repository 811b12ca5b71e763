"""Writes the cache: decodes and resizes every example once and writes it to a shard of its fold."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.config import FOLDS, Fit
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data import images
from cnnbench.data.cache import tfrecord
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import Example, map_examples, read_examples
from cnnbench.data.records import schema
from cnnbench.data.records.schema import Fold, Records, Shard

SHARD_BYTES = 128 * 2**20  # large enough to read in one go, small enough to move about


def write(raw: Path, split: pd.DataFrame, out: Path, size: tuple[int, int] | None, fit: Fit = "stretch") -> Records:
    """Writes the kept examples of a split as shards.

    The bytes depend on the examples and the split alone, not on the number of threads.

    Args:
        raw: A folder that the download step has filled.
        split: Its split.
        out: The folder to fill.
        size: Height and width of the stored images in pixels; None for features.
        fit: How images are brought to it.

    Returns:
        The content of `records.json`.

    Raises:
        UserError: Images have no size, or the split and the raw folder do not have the same examples.
    """
    provenance = read_provenance(raw)
    image = len(provenance.input_shape) == 3
    if image and size is None:
        raise UserError(
            f"Expected a size in pixels for the images of {provenance.dataset} in params.yaml, received null."
        )
    ranges = provenance.ranges
    shape = (*size, provenance.input_shape[-1]) if image and size else provenance.input_shape
    dtype = np.dtype(np.uint8 if image else "<f4")  # little-endian on every machine
    kept = split[split["dropped"] == ""].set_index("id")
    fold_of, unit_of = kept["fold"], kept["unit"].to_dict()
    fold = {str(name): int(number) for name, number in fold_of.items()}
    # + 1: an example larger than a shard still gets one
    shard_of = _assign_shards(fold_of, SHARD_BYTES // (int(np.prod(shape)) * dtype.itemsize) + 1)
    channels = shape[-1] if image else shape[0]
    tally = [_Tally(provenance.classes, channels) for _ in range(FOLDS)]
    written = dict.fromkeys(sorted(set(shard_of.values())), 0)

    # in threads, all that can be: what writes the files has no time for more
    def prepare(example: Example) -> tuple[Example, bytes, NDArray[np.float64]]:
        values = images.prepare(example.data, shape, ranges, fit) if image else np.asarray(example.data, dtype)
        record = _serialise(example, unit_of[example.id], values, bool(provenance.classes))
        return example, tfrecord.frame(record), _moments(values.reshape(-1, channels))

    # a generator: only the chunk in work is in memory
    usable = (example for example in read_examples(raw) if example.id in fold)
    with ExitStack() as stack:
        # all shards at once, since the examples come in the order of the raw folder
        opened = {
            name: stack.enter_context(stack.enter_context(files.aside(out / name)).open("wb")) for name in written
        }
        for example, record, moments in map_examples(prepare, usable, f"caching {provenance.dataset}", len(fold_of)):
            name = shard_of[example.id]
            opened[name].write(record)
            written[name] += 1
            tally[fold[example.id]].add(moments, int(np.prod(shape)) // channels, example.label)
    if sum(written.values()) != len(fold_of):  # a writer may lose records without an error
        raise UserError(
            f"Expected {len(fold_of)} examples in {raw}, as its split says, received {sum(written.values())}: "
            f"run `dvc repro -f split@{provenance.dataset}`."
        )
    records = Records(
        dataset=provenance.dataset,
        task=provenance.task,
        classes=provenance.classes,
        shape=shape,
        dtype=dtype.name,
        fit=fit,
        ranges=ranges,
        protocol=split["protocol"].iloc[0],
        grouped=bool(kept["unit"].duplicated().any()),
        examples=len(fold_of),
        folds=[fold.result() for fold in tally],
        shards=[
            Shard(file=name, fold=int(name.split("-")[1]), examples=count, sha256=files.sha256(out / name))
            for name, count in written.items()
        ],
    )
    files.write_json(out / schema.FILE, records.model_dump())
    return records


def _serialise(example: Example, unit: str, values: NDArray[Any], classes: bool) -> bytes:
    return tfrecord.example(
        {
            "id": example.id.encode(),
            "group": unit.encode(),
            "input": values.tobytes(),
            "label": int(example.label) if classes else float(example.label),
        }
    )


def _assign_shards(fold_of: pd.Series[int], per_shard: int) -> dict[str, str]:
    """The shard of each example, at random within its fold: a shard is then a random sample of the fold.

    Other readers than ours, such as tf.data, shuffle well by taking them in random order and shuffling each.
    """
    # a fixed seed, since the bytes must depend on the examples and the split alone
    rng = np.random.default_rng(0)
    shard_of = {}
    for fold, members in sorted(fold_of.groupby(fold_of)):
        for position, index in enumerate(rng.permutation(len(members))):
            shard_of[str(members.index[index])] = f"fold-{fold}-{position // per_shard:05d}.tfrecord"
    return shard_of


def _moments(values: NDArray[Any]) -> NDArray[np.float64]:
    """Sums of (n, channels) values and of their squares by channel; exact for uint8, so in any order."""
    # channels first: summed down short rows, an image takes forty times as long (measured)
    channels = values.T.astype(np.float64, order="C")
    return np.stack([channels.sum(axis=1), np.einsum("ij,ij->i", channels, channels)])


class _Tally:
    """Counts and sums for mean and standard deviation."""

    def __init__(self, classes: tuple[str, ...], channels: int) -> None:
        self.classes = classes
        self.counts = dict.fromkeys(classes or ("examples",), 0)
        # float64 holds every whole number up to 2**53
        self.sums = np.zeros((2, channels))
        self.values = 0

    def add(self, moments: NDArray[np.float64], values: int, label: float) -> None:
        self.counts[self.classes[int(label)] if self.classes else "examples"] += 1
        self.sums += moments
        self.values += values

    def result(self) -> Fold:
        mean, square = self.sums / max(self.values, 1)
        # rounding can take the variance of a constant below 0
        std = np.sqrt(np.maximum(square - mean**2, 0))
        return Fold(
            counts=self.counts,
            mean=[round(v, 6) for v in mean.tolist()],
            std=[round(v, 6) for v in std.tolist()],
        )
