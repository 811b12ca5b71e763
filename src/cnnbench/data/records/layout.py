"""Where the values of all records of a shard stand, found for 50,000 records in a tenth of a second.

Parsing a record in Python takes 27 microseconds, and most records of a shard differ in their values alone. So one is
parsed, and whatever stands between its values is compared with the same bytes of the others, all at once. Those that
differ, such as by a longer id, are left for the next round.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records import example
from cnnbench.data.records.example import Kind, Place, Value

_CONTINUES = 0x80  # the bit of a varint's byte after which another follows: how long it is, not what it says


class Column(NamedTuple):
    """A feature of each record: its kind, and where its value begins and how many bytes it has, shape (n,)."""

    kind: Kind
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]


def columns(buffer: memoryview) -> dict[str, Column]:
    """Finds the features of the records in a TFRecord file, by name.

    Raises:
        ValueError: The file ends within a record, bytes are no Example, or records differ in their features.
    """
    frames = np.array([*example.frames(buffer)], np.int64).reshape(-1, 2)
    if not len(frames):  # NumPy takes no empty buffer
        return {}
    begins, sizes = frames[:, 0], frames[:, 1] - frames[:, 0]
    flat = np.frombuffer(buffer, np.uint8)
    found: dict[str, Column] = {}
    for size in np.unique(sizes):
        left = np.flatnonzero(sizes == size)
        while len(left):
            begin = int(begins[left[0]])
            values = example.parse(buffer, Place(begin, begin + int(size)))
            same = _like(flat, begins[left], int(size), begin, values)
            rows, left = left[same], left[~same]
            kinds = {name: value.kind for name, value in values.items()}
            if not found:
                found = {name: Column(kind, *np.zeros((2, len(begins)), np.int64)) for name, kind in kinds.items()}
            if kinds != {name: column.kind for name, column in found.items()}:
                raise ValueError("records of several kinds")
            for name, (_, place) in values.items():
                found[name].starts[rows] = begins[rows] + (place.start - begin)
                found[name].sizes[rows] = place.stop - place.start
    return found


def _like(
    flat: NDArray[np.uint8], begins: NDArray[np.int64], size: int, first: int, values: dict[str, Value]
) -> NDArray[np.bool_]:
    """Which records have their values where the one at `first` has them."""
    mask = np.full(size, 0xFF, np.uint8)
    for kind, (start, stop) in values.values():
        mask[start - first : stop - first] = _CONTINUES if kind == "int" else 0
    same = np.ones(len(begins), np.bool_)
    for place in np.flatnonzero(mask):
        same &= (flat[begins + place] ^ flat[first + place]) & mask[place] == 0
    return same


def texts(buffer: memoryview, column: Column) -> NDArray[np.str_]:
    """The values of bytes, as UTF-8."""
    if column.kind != "bytes":
        raise ValueError("a number for a text")
    found = [buffer[start : start + size] for start, size in zip(*map(np.ndarray.tolist, column[1:]), strict=True)]
    return np.array([str(value, "utf-8") for value in found], np.str_)


def numbers(buffer: memoryview, column: Column) -> NDArray[np.float32] | NDArray[np.int64]:
    """The values of numbers."""
    flat = np.frombuffer(buffer, np.uint8)
    if column.kind == "float":
        return np.ascontiguousarray(flat[column.starts[:, None] + np.arange(4)]).view("<f4")[:, 0].astype(np.float32)
    if column.kind != "int":
        raise ValueError("a text for a number")
    value = np.zeros(len(column.starts), np.uint64)
    for place in range(int(column.sizes.max(initial=0))):
        has = np.flatnonzero(column.sizes > place)
        digit = (flat[column.starts[has] + place] & (_CONTINUES - 1)).astype(np.uint64)
        value[has] |= digit << np.uint64(7 * place)
    return value.view(np.int64)  # two's complement
