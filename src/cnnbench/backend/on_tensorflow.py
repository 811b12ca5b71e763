"""What Keras has no word for, in TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.records.batching import Batches

PACKAGE = "tensorflow"
RUNS_STEPS = True  # several steps in one execution
COMPILES = False  # by XLA, which gains nothing on a CPU
HELD = 2**24  # bytes of examples that stay in memory where the device is the processor
_AHEAD = 2  # batches that a thread gathers while the network works
sharing: list[str] = []  # the devices that share each batch of a training, where these are several


def variables(threads: int) -> dict[str, str]:  # noqa: ARG001 - they are set once it is imported
    """What the environment has to say before the import, whatever the user's shell does."""
    return {"TF_ENABLE_ONEDNN_OPTS": "1"}


def import_package() -> None:
    """Imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow  # noqa: F401


def set_up(device: str, threads: int) -> str:
    """Chooses the device and pins what decides bits, before any other use.

    Args:
        device: auto, cpu, gpu or gpus.
        threads: CPU threads of one operation.

    Returns:
        "cpu", or the name of the GPU, or of several, as "2 x ..."; nothing where none is found and one is asked for.
    """
    import tensorflow as tf

    gpus: list[Any] = tf.config.list_physical_devices("GPU")
    if device in ("gpu", "gpus") and not gpus:
        return ""
    if device == "cpu":
        # hidden, or TensorFlow would place operations on the card
        tf.config.set_visible_devices([], "GPU")
        gpus = []
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)  # leaves room for other users of the card
    # fixed: one thread more or less changes the last bits (measured)
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    # costs nothing on a CPU (measured)
    tf.config.experimental.enable_op_determinism()
    sharing[:] = [f"GPU:{index}" for index in range(len(gpus))] if device == "gpus" else []
    name = str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu")) if gpus else "cpu"
    return f"{len(sharing)} x {name}" if len(sharing) > 1 else name


def sharing_scope() -> Any:
    """In which networks are made and trained on the devices of `sharing`."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(sharing).scope()


def has_gpu() -> bool:
    """Whether it computes on a GPU."""
    import tensorflow as tf

    return bool(tf.config.get_visible_devices("GPU"))


def gradient(function: Callable[[Any], tuple[Any, Any]], at: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The gradient of a function at a tensor, and what it returns beside its value.

    Args:
        function: Takes a tensor, and returns a scalar and another tensor.
        at: Where.
    """
    import tensorflow as tf

    tensor = tf.constant(at)
    # watches this alone, so it holds nothing before it
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(tensor)
        value, beside = function(tensor)
    # "zero", since a value that does not depend on the tensor has the gradient None
    return tape.gradient(value, tensor, unconnected_gradients="zero").numpy(), beside.numpy()


def prediction(model: Any, inputs: NDArray[Any]) -> Callable[[], NDArray[Any]]:
    """A compiled prediction of some inputs, as it would be served, which waits for the result."""
    import tensorflow as tf

    # a tensor: an array would be converted anew within each call
    tensor = tf.constant(inputs)
    predict = tf.function(lambda batch: model(batch, training=False))
    return lambda: np.asarray(predict(tensor))


def peak_bytes() -> int:
    """The most memory that the GPU has held."""
    import tensorflow as tf

    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def free_bytes() -> int:
    """The memory of the GPU that nothing takes yet."""
    import tensorflow as tf
    from tensorflow.python.client import device_lib  # no other word of TensorFlow's tells the limit

    growing = tf.compat.v1.ConfigProto(gpu_options={"allow_growth": True})
    limits = [one.memory_limit for one in device_lib.list_local_devices(growing) if one.device_type == "GPU"]
    used = tf.config.experimental.get_memory_info("GPU:0")["current"] if limits else 0
    return int(next(iter(limits), 0) - used)


def callbacks(seed: int) -> list[Any]:  # noqa: ARG001 - Keras keeps the states of random numbers with the weights
    """What a training has to be told that resumes with the bits of an undisturbed one."""
    return []


def feed(batches: Batches) -> Any:
    """A `tf.data.Dataset` of batches, gathered by a thread of TensorFlow's.

    Measured on conv1d, CPU time of a whole step: 0.8 ms as here, 1.3 with one step an execution, 1.4 with a generator
    as Keras takes it, 1.5 to 2.1 with a `keras.utils.PyDataset`, which begins anew in each epoch. Of images a gather by
    TensorFlow itself is as fast (8.5 and 10 microseconds for one of 180x180), but holds the whole set in memory.
    """
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


def feed_held(model: Any, *parts: Batches, piece: int) -> tuple[Any, ...]:
    """What `feed` gives, gathered by the device, which holds all inputs; see `feeding.feed_training`.

    The model's steps gather, since tf.data computes on the processor alone. What it gives them are numbers of examples
    and labels, from one call into Python for each epoch.
    """
    for part, name in zip(parts, ("train_step", "test_step"), strict=False):
        setattr(model, name, partial(_gather_first, getattr(type(model), name), model, _hold(part, piece)))
    return tuple(_feed_epochs(part.numbered()) for part in parts)


def _gather_first(step: Callable[[Any, Any], Any], model: Any, held: Any, batch: tuple[Any, ...]) -> Any:
    """A step of Keras', on inputs in place of their numbers."""
    import tensorflow as tf

    rows, *others = batch
    return step(model, (tf.gather(held, rows), *others))


def _hold(part: Batches, piece: int) -> Any:
    """All inputs in a variable: on a GPU TensorFlow gathers bytes from these, and from a tensor not."""
    import tensorflow as tf

    with tf.device("GPU:0" if has_gpu() else "CPU:0"):
        held = tf.Variable(tf.zeros(part.shape, part.dtype), trainable=False)
        for begin, inputs in part.in_pieces(piece):
            # held[...].assign would read all of it first
            tf.raw_ops.ResourceStridedSliceAssign(
                ref=held.handle, begin=[begin], end=[begin + len(inputs)], strides=[1], value=inputs
            )
    return held


def _feed_epochs(batches: Batches) -> Any:
    """As `feed`, of batches that are small even for a whole epoch."""
    import tensorflow as tf

    if batches.seed is None:
        return feed(batches)
    first = next(batches.epochs())
    signature = tuple(tf.TensorSpec(array.shape, array.dtype) for array in first)
    epochs = tf.data.Dataset.from_generator(batches.epochs, output_signature=signature).prefetch(1)
    cut = epochs.flat_map(lambda *epoch: tf.data.Dataset.from_tensor_slices(epoch).batch(batches.size))
    return _with_options(cut)


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
