"""Memory for batches, used again once nobody holds it.

Fresh memory costs more than what is written into it: for 32 images of 180x180, 1.4 ms of CPU time against 0.12 ms
(measured on a virtual machine).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNED = 64  # bytes: TensorFlow and JAX take memory that begins at such a place as it is, and copy other
_FREE = 2  # references: the list's, and that of the call which counts them


class Buffers:
    """Arrays in memory that is handed out again once all views of it, and all tensors that share it, are gone."""

    def __init__(self) -> None:
        self._owners: list[NDArray[np.uint8]] = []  # a view of any depth refers to the array that owns the memory

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array with any content, like `np.empty`."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        for index in range(len(self._owners)):
            if sys.getrefcount(self._owners[index]) == _FREE and self._owners[index].size >= size + _ALIGNED:
                return _view(self._owners[index], size, shape, dtype)
        self._owners.append(np.empty(size + _ALIGNED, np.uint8))
        return _view(self._owners[-1], size, shape, dtype)


def _view(owner: NDArray[np.uint8], size: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    begin = -owner.ctypes.data % _ALIGNED
    return owner[begin : begin + size].view(dtype).reshape(shape)
