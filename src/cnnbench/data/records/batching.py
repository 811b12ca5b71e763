"""Batches of examples as NumPy arrays: what a network is fed with, whatever its backend.

An epoch is a permutation of all examples, drawn by NumPy from seed and number of the epoch alone. So it is the same
under any backend, a training that resumes meets the order that it would have met, and sets of any size are shuffled
perfectly: what is held is a number for each example, and the batches in work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records.buffers import Buffers
from cnnbench.data.records.reader import Inputs

Batch = tuple[NDArray[Any], ...]
Change = Callable[[int, Batch], Batch]
"""Makes another batch of one, given the number of the batch from the start of the training."""


class Batches:
    """Batches of inputs, and of labels or whatever else there is of each example.

    Iterating gives the examples once, in their order; or, with a seed, shuffled epoch after epoch without end. An array
    of a batch may be written over once nobody holds it, or a view of it.

    Attributes:
        size: Examples per batch; the last one of an epoch may be smaller.
        seed: Of the order; None leaves the examples in theirs.
        steps: Batches of an epoch.
        nbytes: Of all inputs.
        batch_nbytes: Of those of a batch.
        shape, dtype: Of all inputs together.
        is_changed: Whether batches are changed after they are gathered.
    """

    def __init__(
        self,
        inputs: NDArray[Any] | Inputs,
        *others: NDArray[Any],
        size: int,
        seed: int | None = None,
        epoch: int = 0,
        change: Change | None = None,
        multiple: int = 1,
    ) -> None:
        """Takes arrays with as many rows, and what to change in each batch; `epoch` is the number of the first.

        Of a `multiple` is the number of examples in a shuffled epoch: the few that are over, others each time, are
        left out.
        """
        self.size, self.seed, self._epoch, self._change = size, seed, epoch, change
        self._inputs, self._others = inputs, others
        self._taken = len(inputs) - (len(inputs) % multiple if seed is not None else 0)
        self.steps = -(-self._taken // size)
        each = int(np.prod(inputs.shape[1:])) * inputs.dtype.itemsize
        self.nbytes, self.batch_nbytes = len(inputs) * each, size * each
        self.shape, self.dtype = inputs.shape, inputs.dtype
        self.is_changed = change is not None

    def __iter__(self) -> Iterator[Batch]:
        buffers, step = Buffers(), self._epoch * self.steps
        for order in self._orders():
            for begin in range(0, len(order), self.size):
                rows = order[begin : begin + self.size]
                batch = (self._gather(rows, buffers), *(other[rows] for other in self._others))
                yield self._change(step, batch) if self._change else batch
                del batch  # else the memory would still be held when the next one is gathered
                step += 1

    def numbered(self) -> Self:
        """The same batches with the number of each example in place of its input, for a backend that holds them all."""
        other = copy(self)
        other._inputs = numbers = np.arange(len(self._inputs))
        other.nbytes, other.shape, other.dtype = numbers.nbytes, numbers.shape, numbers.dtype
        return other

    def epochs(self) -> Iterator[Batch]:
        """The same examples, an epoch at a time."""
        for order in self._orders():
            yield (self._gather(order, Buffers()), *(other[order] for other in self._others))

    def in_pieces(self, nbytes: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """All inputs in their own order, so many bytes at a time, each piece with the number of its first example."""
        size = max(1, nbytes * len(self._inputs) // max(1, self.nbytes))
        for index, (piece,) in enumerate(Batches(self._inputs, size=size)):
            yield index * size, piece

    def _orders(self) -> Iterator[NDArray[np.int64]]:
        if self.seed is None:
            yield np.arange(len(self._inputs))
            return
        epoch = self._epoch
        while True:
            yield np.random.default_rng([self.seed, epoch]).permutation(len(self._inputs))[: self._taken]
            epoch += 1

    def _gather(self, rows: NDArray[np.int64], buffers: Buffers) -> NDArray[Any]:
        out = buffers.empty((len(rows), *self._inputs.shape[1:]), self._inputs.dtype)
        if isinstance(self._inputs, Inputs):
            return self._inputs.gather(rows, out)
        # all rows are there; with another mode NumPy would fill a copy of `out` first
        return np.take(self._inputs, rows, axis=0, out=out, mode="clip")
