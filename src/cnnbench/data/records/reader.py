"""Reads the cached records: labels in memory, inputs gathered from memory-mapped shards as they are wanted.

By NumPy alone, for every backend: importing TensorFlow costs five seconds a process. What is mapped is the system's
memory, which it gives to whoever needs it; the process itself holds a batch at a time, however large the set.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.records import integrity, layout
from cnnbench.data.records.layout import Column
from cnnbench.data.records.schema import FILE, Records


class Inputs:
    """The inputs of examples, on disk until they are asked for; indexed like an array of shape (n, *shape)."""

    def __init__(self, shards: Sequence[NDArray[np.uint8]], columns: Sequence[Column], of: Records) -> None:
        """Takes the bytes of each shard, and where the inputs stand in it."""
        self.shape: tuple[int, ...] = (sum(len(column.starts) for column in columns), *of.shape)
        self.ndim, self.dtype = len(self.shape), np.dtype(of.dtype)
        self._shards = shards
        self._size = int(np.prod(of.shape)) * self.dtype.itemsize
        self._is_native = self.dtype.newbyteorder("<").isnative
        if any(column.kind != "bytes" or (column.sizes != self._size).any() for column in columns):
            raise ValueError(f"an input of other than {self._size} bytes")
        self._shard = np.repeat(np.arange(len(columns)), [len(column.starts) for column in columns])
        self._start = np.concatenate([column.starts for column in columns] or [np.empty(0, np.int64)])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        if isinstance(key, int | np.integer):
            one: NDArray[Any] = self.gather([int(key)])[0]
            return one
        return self.gather(np.arange(len(self))[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    def gather(self, rows: Sequence[int] | NDArray[np.integer], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The inputs of some examples, by number, shape (len(rows), *shape), in `out` where it is given."""
        out = np.empty((len(rows), *self.shape[1:]), self.dtype) if out is None else out
        rows = np.asarray(rows, np.int64)
        places = zip(self._shard[rows].tolist(), self._start[rows].tolist(), strict=True)
        # copies of more than a few hundred bytes release the interpreter's lock
        for target, (shard, start) in zip(out.view(np.uint8).reshape(len(rows), self._size), places, strict=True):
            target[:] = self._shards[shard][start : start + self._size]
        return out if self._is_native else out.byteswap(inplace=True)


class Part(NamedTuple):
    """Some folds of a data set.

    Attributes:
        ids: Shape (n,).
        groups: Shape (n,).
        labels: int64 class indices or float32 targets, shape (n,).
        inputs: Shape (n, *shape) in the records' type.
    """

    ids: NDArray[np.str_]
    groups: NDArray[np.str_]
    labels: NDArray[Any]
    inputs: NDArray[Any] | Inputs


class Examples:
    """Some folds of a data set, in the order of their shards; inputs stay on disk until they are gathered.

    Attributes:
        labels, inputs: As of `Part`.
    """

    def __init__(self, folder: Path, records: Records, folds: Sequence[int]) -> None:
        """Checks and indexes the shards.

        Raises:
            UserError: A shard is missing, damaged or another one.
        """
        integrity.verify(folder, records, list(folds))
        shards = [shard for shard in records.shards if shard.fold in folds]
        self._buffers = [_map(folder / shard.file) for shard in shards]
        try:
            self._columns = [layout.columns(buffer) for buffer in self._buffers]
            flat = [np.frombuffer(buffer, np.uint8) for buffer in self._buffers]
            self.inputs = Inputs(flat, [columns["input"] for columns in self._columns], records)
            self.labels: NDArray[Any] = self._join("label", layout.numbers, np.int64 if records.classes else np.float32)
            for shard, columns in zip(shards, self._columns, strict=True):
                if columns["id"].kind != "bytes" or columns["group"].kind != "bytes":
                    raise ValueError("a number for a text")
                if len(columns["id"].starts) != shard.examples:
                    raise ValueError(f"other than {shard.examples:,} records in {shard.file}")
        except (ValueError, KeyError) as error:
            raise UserError(
                f"Expected records in {folder} as {FILE} describes them, received others ({error}): "
                f"run `dvc repro -f cache@{records.dataset}`."
            ) from None

    def __len__(self) -> int:
        return len(self.inputs)

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """As of `Part`."""
        return self._join("id", layout.texts, np.str_)

    @cached_property
    def groups(self) -> NDArray[np.str_]:
        """As of `Part`."""
        return self._join("group", layout.texts, np.str_)

    def gather(self, rows: Sequence[int] | NDArray[np.integer]) -> NDArray[Any]:
        """The inputs of some examples, by number, shape (len(rows), *shape), in the records' type."""
        return self.inputs.gather(rows)

    def part(self) -> Part:
        """All of them; the inputs stay on disk."""
        return Part(self.ids, self.groups, self.labels, self.inputs)

    def _join(self, name: str, read: Any, kind: Any) -> NDArray[Any]:
        found = [read(*both) for both in zip(self._buffers, (each[name] for each in self._columns), strict=True)]
        if any(not np.issubdtype(values.dtype, kind) for values in found):
            raise ValueError(f"a {name} of another task")
        return np.concatenate([np.empty(0, kind), *found])


def load(folder: Path, records: Records, folds: Sequence[int]) -> Part:
    """Reads folds into memory, in the order of their shards.

    Raises:
        UserError: A shard is missing, damaged or another one.
    """
    part = Examples(folder, records, folds).part()
    return part._replace(inputs=np.asarray(part.inputs))


def _map(path: Path) -> memoryview:
    if not path.stat().st_size:  # an empty file cannot be mapped
        return memoryview(b"")
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
