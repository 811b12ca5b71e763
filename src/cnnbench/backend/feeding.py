"""Batches of NumPy arrays, in the form that `fit` and `predict` take with the least overhead."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cnnbench.backend import runtime, sharing
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Inputs

SMALL = 2**17  # bytes of a batch: with less, a backend computes for less time than it takes to start a step
_STEPS = 1000  # at most, of one execution: at half a millisecond each


def feed(batches: Batches) -> Any:
    """What `fit` and `predict` of the backend take for these batches."""
    return runtime.engine().feed(batches)


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
