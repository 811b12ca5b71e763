"""What JAX and PyTorch have in common: batches for `fit` and `predict` one after the other, on one device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnnbench.data.records.batching import Batch, Batches

sharing = ()  # devices that share each batch of a training: TensorFlow alone can


def feed(batches: Batches, change: Callable[[Iterator[Batch]], Iterator[Any]] = iter) -> Any:
    """A `keras.utils.PyDataset`, which begins with the first batch whenever Keras asks for that: once to see shapes.

    Args:
        batches: What to give.
        change: Makes others of them, as many.
    """
    import keras

    class Fed(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
        @property
        def num_batches(self) -> int | None:
            return batches.steps if batches.seed is None else None

        def __getitem__(self, index: int) -> Any:
            if index == 0:
                self._batches = change(iter(batches))
            return next(self._batches)

    return Fed()
