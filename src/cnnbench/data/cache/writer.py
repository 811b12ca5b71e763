"""Writes the cache: decodes and resizes every example once and writes it to a shard of its fold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.config import FOLDS, Fit
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.workers import cores
from cnnbench.data.cache.placed_records import Form, Placed, Recorder, frame_size
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import Example, is_encoded, map_examples, read_examples
from cnnbench.data.records import schema
from cnnbench.data.records.schema import Fold, Records, Shard

SHARD_BYTES = 128 * 2**20  # large enough to read in one go, small enough to move about


def write(raw: Path, split: pd.DataFrame, out: Path, size: tuple[int, int] | None, fit: Fit = "stretch") -> Records:
    """Writes the kept examples of a split as shards.

    The bytes depend on the examples and the split alone, not on who writes them: threads or processes, however many.

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
    form = Form(shape, dtype, ranges, fit, bool(provenance.classes))
    kept = split[split["dropped"] == ""].set_index("id")
    fold_of, unit_of = kept["fold"], kept["unit"].to_dict()
    # + 1: an example larger than a shard still gets one
    shard_of = _assign_shards(fold_of, SHARD_BYTES // form.nbytes + 1)
    names = sorted(set(shard_of.values()))
    number = {name: index for index, name in enumerate(names)}
    tally = [_Tally(provenance.classes, form.channels) for _ in range(FOLDS)]
    written, ends = [0] * len(names), [0] * len(names)

    def place(examples: Iterable[Example]) -> Iterator[Placed]:
        for example in examples:
            if example.id in shard_of:
                shard, unit = number[shard_of[example.id]], unit_of[example.id]
                yield Placed(example, unit, shard, ends[shard])
                ends[shard] += frame_size(example, unit, form)

    with ExitStack() as stack:
        paths = [stack.enter_context(files.aside(out / name)) for name in names]
        record = stack.enter_context(Recorder(paths, form))
        placed = place(read_examples(raw))
        for shard, label, moments in map_examples(
            record, placed, f"caching {provenance.dataset}", len(fold_of), apart=is_encoded(raw)
        ):
            written[shard] += 1
            tally[_fold(names[shard])].add(moments, int(np.prod(shape)) // form.channels, label)
        if [path.stat().st_size for path in paths] != ends:
            raise AssertionError("shards of other sizes than their records")
    if sum(written) != len(fold_of):  # a writer may lose records without an error
        raise UserError(
            f"Expected {len(fold_of)} examples in {raw}, as its split says, received {sum(written)}: "
            f"run `dvc repro -f split@{provenance.dataset}`."
        )
    with ThreadPoolExecutor(cores()) as pool:
        sums = list(pool.map(files.sha256, [out / name for name in names]))
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
            Shard(file=name, fold=_fold(name), examples=count, sha256=sha256)
            for name, count, sha256 in zip(names, written, sums, strict=True)
        ],
    )
    files.write_json(out / schema.FILE, records.model_dump())
    return records


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


def _fold(shard: str) -> int:
    return int(shard.split("-")[1])


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
