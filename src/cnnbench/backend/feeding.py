"""Batches of NumPy arrays, in the form that `fit` and `predict` take with the least overhead."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cnnbench.backend import runtime, sharing
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Inputs

SMALL = 2**17  # bytes of a batch: with less, a backend computes for less time than it takes to start a step
TINY = 2**14  # bytes of a batch, such as rows of a table: with more, a processor gains nothing by holding the examples
SHARE = 0.25  # of a GPU's free memory, which the examples of a training may take; the network needs the rest
_PIECE = 2**26  # bytes that are copied to a device at once
_STEPS = 1000  # at most, of one execution: at half a millisecond each


def feed(batches: Batches) -> Any:
    """What `fit` and `predict` of the backend take for these batches."""
    return runtime.engine().feed(batches)


def feed_training(model: Any, *parts: Batches) -> tuple[Any, ...]:
    """What `fit` takes of the batches of a training, and of those of its validation part if there is one.

    Where all their inputs take a small share of a GPU's free memory, they are copied there once, as they are stored,
    and gathered there: a step sends numbers of examples in place of images. So it is with the rows of
    a small table on a processor, where that is faster. The batches are the same, and so is what is learnt.

    Args:
        model: It is compiled already. Its steps take these batches alone from now on.
        parts: Batches of "train", and of "val".
    """
    if _may_hold(*parts):
        held: tuple[Any, ...] = runtime.engine().feed_held(model, *parts, piece=_PIECE)
        return held
    return tuple(feed(part) for part in parts)


def _may_hold(*parts: Batches) -> bool:
    """Whether the device should hold the inputs of these batches."""
    engine, size = runtime.engine(), sum(part.nbytes for part in parts)
    # mixed images are made by NumPy, and several devices would each hold all
    if any(part.is_changed for part in parts) or sharing.count() > 1:
        return False
    if not engine.has_gpu():
        return bool(size <= engine.HELD) and all(part.batch_nbytes <= TINY for part in parts)
    free = int(engine.free_bytes())
    holds = size <= SHARE * free
    print(f"{'holds' if holds else 'reads'} {size:,} bytes of examples: the GPU has {free:,} free")
    return holds


def steps_per_execution(batches: Batches) -> int:
    """How many steps of an epoch to run without a return to Python; what is learnt does not depend on it.

    Where batches are small, all of them, for the start of a step would take as long as the step. Keras runs so many
    until the end of the last execution, so it has to divide the steps of an epoch.
    """
    if batches.batch_nbytes > SMALL or not runtime.engine().RUNS_STEPS or sharing.count() > 1:
        return 1  # Keras 3.15 has no loop that several devices could run
    return max(steps for steps in range(1, min(batches.steps, _STEPS) + 1) if batches.steps % steps == 0)


def predict(model: Any, inputs: NDArray[Any] | Inputs, batch: int) -> NDArray[Any]:
    """The outputs of a Keras model for inputs in memory or on disk."""
    outputs: NDArray[Any] = model.predict(feed(Batches(inputs, size=batch)), verbose=0)
    return outputs
