"""Batches of NumPy arrays, in the form that `fit` and `predict` of TensorFlow take with the least overhead.

Measured on conv1d, CPU time of a whole step: 0.8 ms as here, 1.3 with one step an execution, 1.4 with a generator as
Keras takes it, 1.5 to 2.1 with a `keras.utils.PyDataset`, which begins anew in each epoch. Of images a gather by
TensorFlow itself is as fast (8.5 and 10 microseconds for one of 180x180), but holds the whole set in memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Inputs

HELD = 2**24  # bytes of examples that are read in their order, such as a small validation part: these stay in memory
SMALL = 2**17  # bytes of a batch: with less, TensorFlow computes for less time than it takes to start a step
_STEPS = 1000  # at most, of one execution: at half a millisecond each
_AHEAD = 2  # batches that a thread gathers while the network works


def feed(batches: Batches) -> Any:
    """A `tf.data.Dataset` of batches, gathered by a thread of TensorFlow's."""
    import tensorflow as tf

    if batches.seed is None and batches.nbytes <= HELD:
        # without a thread: to start one in each epoch would take longer than to read these
        arrays = [np.concatenate(parts) for parts in zip(*(map(np.copy, batch) for batch in batches), strict=True)]
        return _with_options(tf.data.Dataset.from_tensor_slices(tuple(arrays)).batch(batches.size))
    signature = tuple(tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in next(iter(batches)))
    # a function, which makes a new iterator for each pass
    data = tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=signature)
    if batches.seed is None:
        # unknown to tf.data, and Keras would warn that the data ran out
        data = data.apply(tf.data.experimental.assert_cardinality(batches.steps))
    return _with_options(data.prefetch(_AHEAD))


def steps_per_execution(batches: Batches) -> int:
    """How many steps of an epoch to run without a return to Python; what is learnt does not depend on it.

    Where batches are small, all of them, for the start of a step would take as long as the step. Keras runs so many
    until the end of the last execution, so it has to divide the steps of an epoch.
    """
    if batches.batch_nbytes > SMALL:
        return 1
    return max(steps for steps in range(1, min(batches.steps, _STEPS) + 1) if batches.steps % steps == 0)


def predict(model: Any, inputs: NDArray[Any] | Inputs, batch: int) -> NDArray[Any]:
    """The outputs of a Keras model for inputs in memory or on disk."""
    outputs: NDArray[Any] = model.predict(feed(Batches(inputs, size=batch)), verbose=0)
    return outputs


def _with_options(dataset: Any) -> Any:
    """Switches off what of tf.data has nothing to improve here.

    The end of an iterator waits for the tuner to wake up, and it sleeps twice as long each time, up to a minute: 27
    seconds of training (four epochs of `plain_cnn`, 3,200 images of 64x64, two cores) took 38. The optimiser of graphs
    takes a millisecond at the beginning of each.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return dataset.with_options(options)
