"""One example of the cache: decoded, resized, serialised and written to its place in a shard.

A record's length is known before its image is decoded, so its place is too: whoever writes it, in whatever order, a
shard has the same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Fit
from cnnbench.data import images
from cnnbench.data.cache import tfrecord
from cnnbench.data.raw import Example


class Form(NamedTuple):
    """What all records have in common.

    Attributes:
        shape: Of an input.
        dtype: Of its values.
        ranges: As of `images.prepare`.
        fit: As of `images.prepare`.
        classes: Whether labels are class indices.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    ranges: Mapping[str, tuple[float, float]]
    fit: Fit
    classes: bool

    @property
    def channels(self) -> int:
        """Of an image; of a table its columns."""
        return self.shape[-1] if len(self.shape) == 3 else self.shape[0]

    @property
    def nbytes(self) -> int:
        """Of an input."""
        return int(np.prod(self.shape)) * self.dtype.itemsize


class Placed(NamedTuple):
    """An example, the unit that a split keeps together, the number of its shard, and where in it its record begins."""

    example: Example
    unit: str
    shard: int
    begin: int

    @property
    def data(self) -> Any:
        """Of the example."""
        return self.example.data


class Recorded(NamedTuple):
    """What is counted of a record: its shard, its label, and sums of its values and of their squares by channel."""

    shard: int
    label: float
    moments: NDArray[np.float64]


class Recorder:
    """Writes records into the files of shards, which exist; a copy of it in another process opens them anew."""

    def __init__(self, paths: Sequence[Path], form: Form) -> None:
        self._paths, self._form = paths, form
        # all shards at once, since the examples come in the order of the raw folder
        self._files = [os.open(path, os.O_WRONLY) for path in paths]

    def __reduce__(self) -> tuple[Any, ...]:
        return Recorder, (self._paths, self._form)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for file in self._files:
            os.close(file)

    def __call__(self, placed: Placed) -> Recorded:
        """Writes the record of an example."""
        example, unit, shard, begin = placed
        shape, dtype, ranges, fit, classes = self._form
        is_image = len(shape) == 3
        values = images.prepare(example.data, shape, ranges, fit) if is_image else np.asarray(example.data, dtype)
        record = _frame(example.id.encode(), unit.encode(), values.tobytes(), example.label, classes)
        if len(record) != frame_size(example, unit, self._form):
            raise AssertionError(f"a record of {len(record)} bytes in a place for another")
        while record:  # where a disk is nearly full, the system writes a part, and refuses the rest
            written = os.pwrite(self._files[shard], record, begin)
            record, begin = record[written:], begin + written
        return Recorded(shard, example.label, moments(values.reshape(-1, self._form.channels)))


def frame_size(example: Example, unit: str, form: Form) -> int:
    """Bytes that the record of an example takes in its shard."""
    # of a class the varint's length counts, and a float has four bytes
    return _frame_size(
        len(example.id.encode()), len(unit.encode()), form.nbytes, example.label if form.classes else 0.0, form.classes
    )


@lru_cache(maxsize=4096)
def _frame_size(id_bytes: int, unit_bytes: int, input_bytes: int, label: float, classes: bool) -> int:
    return len(_frame(bytes(id_bytes), bytes(unit_bytes), bytes(input_bytes), label, classes))


def _frame(name: bytes, unit: bytes, values: bytes, label: float, classes: bool) -> bytes:
    features = {"id": name, "group": unit, "input": values, "label": int(label) if classes else float(label)}
    return tfrecord.frame(tfrecord.example(features))


def moments(values: NDArray[Any]) -> NDArray[np.float64]:
    """Sums of (n, channels) values and of their squares by channel; exact for uint8, so in any order."""
    # channels first: summed down short rows, an image takes forty times as long (measured)
    channels = values.T.astype(np.float64, order="C")
    return np.stack([channels.sum(axis=1), np.einsum("ij,ij->i", channels, channels)])
