"""The cached records by NumPy alone: labels in memory, inputs gathered from memory-mapped shards as they are wanted.

No TensorFlow, whose import costs five seconds a process.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.records import example, integrity
from cnnbench.data.records.example import Place
from cnnbench.data.records.schema import FILE, Records


class Part(NamedTuple):
    """Some folds of a data set, in memory.

    Attributes:
        ids: Shape (n,).
        groups: Shape (n,).
        labels: int64 class indices or float32 targets, shape (n,).
        inputs: Shape (n, *shape) in the records' type.
    """

    ids: NDArray[np.str_]
    groups: NDArray[np.str_]
    labels: NDArray[Any]
    inputs: NDArray[Any]


class Examples:
    """Some folds of a data set, in the order of their shards; inputs stay on disk until they are gathered.

    Attributes:
        ids, groups, labels: As of `Part`.
    """

    def __init__(self, folder: Path, records: Records, folds: Sequence[int]) -> None:
        """Checks and indexes the shards.

        Raises:
            UserError: A shard is missing, damaged or another one.
        """
        integrity.verify(folder, records, list(folds))
        self._shape, self._dtype = records.shape, np.dtype(records.dtype).newbyteorder("<")
        self._kind = int if records.classes else float  # of a label
        self._size = int(np.prod(self._shape)) * self._dtype.itemsize
        self._shards: list[NDArray[np.uint8]] = []
        self._places: list[tuple[int, int]] = []  # of each input: its shard, and where it begins
        ids: list[str] = []
        groups: list[str] = []
        labels: list[int | float] = []
        try:
            for shard in records.shards:
                if shard.fold in folds:
                    buffer = _map(folder / shard.file)
                    for record in example.frames(buffer):
                        self._add(buffer, example.parse(buffer, record), ids, groups, labels)
                    self._shards.append(np.frombuffer(buffer, np.uint8))
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"Expected records in {folder} as {FILE} describes them, received others ({error}): "
                f"run `dvc repro -f cache@{records.dataset}`."
            ) from None
        self.ids, self.groups = np.array(ids, np.str_), np.array(groups, np.str_)
        self.labels: NDArray[Any] = np.array(labels, np.int64 if records.classes else np.float32)

    def __len__(self) -> int:
        return len(self._places)

    def gather(self, rows: Sequence[int] | NDArray[np.integer]) -> NDArray[Any]:
        """The inputs of some examples, by number, shape (len(rows), *shape), in the records' type."""
        gathered = np.empty((len(rows), self._size), np.uint8)
        for row, number in enumerate(rows):
            shard, start = self._places[number]
            gathered[row] = self._shards[shard][start : start + self._size]
        return gathered.view(self._dtype).reshape(len(rows), *self._shape).astype(self._dtype.newbyteorder("="))

    def part(self) -> Part:
        """All of them in memory."""
        return Part(self.ids, self.groups, self.labels, self.gather(range(len(self))))

    def _add(
        self,
        buffer: memoryview,
        found: dict[str, Place | int | float],
        ids: list[str],
        groups: list[str],
        labels: list[int | float],
    ) -> None:
        place, label = found["input"], found["label"]
        if not isinstance(place, Place) or place.stop - place.start != self._size:
            raise ValueError(f"an input of other than {self._size} bytes")
        if isinstance(label, Place) or not isinstance(label, self._kind):
            raise ValueError("a label of another task")
        self._places.append((len(self._shards), place.start))
        ids.append(_text(buffer, found["id"]))
        groups.append(_text(buffer, found["group"]))
        labels.append(label)


def load(folder: Path, records: Records, folds: Sequence[int]) -> Part:
    """Reads folds whole, in the order of their shards.

    Raises:
        UserError: A shard is missing, damaged or another one.
    """
    return Examples(folder, records, folds).part()


def _map(path: Path) -> memoryview:
    if not path.stat().st_size:  # an empty file cannot be mapped
        return memoryview(b"")
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _text(buffer: memoryview, place: Place | int | float) -> str:
    if not isinstance(place, Place):
        raise TypeError("a number for a text")
    return bytes(buffer[place.start : place.stop]).decode()
