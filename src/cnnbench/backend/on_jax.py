"""What Keras has no word for, in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend.stepwise import feed, sharing  # noqa: F401 - the same for both
from cnnbench.data.records.batching import Batches

PACKAGE = "jax"
RUNS_STEPS = True  # several steps in one execution
COMPILES = True  # else each operation is sent by itself: a hundred times slower
HELD = 0  # bytes of examples that the device holds where it is the processor, which gathers faster by NumPy


def variables(threads: int) -> dict[str, str]:
    """What the environment has to say before the import, whatever the user's shell does."""
    return {
        "NPROC": str(threads),  # of XLA on a CPU
        "XLA_FLAGS": "--xla_gpu_deterministic_ops=true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # leaves room for other users of the card
    }


def import_package() -> None:
    """Imports it."""
    import jax  # noqa: F401


def set_up(device: str, threads: int) -> str:  # noqa: ARG001 - see `variables`
    """Chooses the device and pins what decides bits, before any other use.

    Args:
        device: auto, cpu or gpu.
        threads: CPU threads of one operation, which `variables` are of.

    Returns:
        "cpu", or the name of the GPU; nothing where none is found and one is asked for.
    """
    import jax

    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    # float32 means float32: on a GPU the default rounds to TF32
    jax.config.update("jax_default_matmul_precision", "highest")
    found = jax.devices()[0]
    if device == "gpu" and found.platform == "cpu":
        return ""
    return "cpu" if found.platform == "cpu" else str(found.device_kind)


def has_gpu() -> bool:
    """Whether it computes on a GPU."""
    import jax

    return bool(jax.devices()[0].platform != "cpu")


def gradient(function: Callable[[Any], tuple[Any, Any]], at: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The gradient of a function at a tensor, and what it returns beside its value.

    Args:
        function: Takes a tensor, and returns a scalar and another tensor.
        at: Where.
    """
    import jax

    found, beside = jax.grad(function, has_aux=True)(jax.numpy.asarray(at))
    return np.asarray(found), np.asarray(beside)


def prediction(model: Any, inputs: NDArray[Any]) -> Callable[[], NDArray[Any]]:
    """A compiled prediction of some inputs, as it would be served, which waits for the result."""
    import jax

    tensor = jax.numpy.asarray(inputs)
    trained = [variable.value for variable in model.trainable_variables]
    others = [variable.value for variable in model.non_trainable_variables]
    predict = jax.jit(lambda batch: model.stateless_call(trained, others, batch, training=False)[0])
    return lambda: np.asarray(predict(tensor))


def peak_bytes() -> int:
    """The most memory that the GPU has held."""
    import jax

    return int((jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use", 0))


def free_bytes() -> int:
    """The memory of the GPU that nothing takes yet."""
    import jax

    told = jax.devices()[0].memory_stats() or {}
    return int(told.get("bytes_limit", 0) - told.get("bytes_in_use", 0))


def feed_held(model: Any, *parts: Batches, piece: int) -> tuple[Any, ...]:  # noqa: ARG001 - no need to change it
    """What `feed` gives, gathered by the device, which holds all inputs; see `feeding.feed_training`."""
    return tuple(feed(part.numbered(), _hold(part, piece)) for part in parts)


def _hold(part: Batches, piece: int) -> Callable[[NDArray[np.int64]], Any]:
    """Copies all inputs to the device, and returns what gathers some of them there."""
    import jax

    # given to each call, since JAX would compile what a function refers to into it
    take = jax.jit(lambda inputs, rows: inputs.at[rows].get(mode="promise_in_bounds"))
    put = jax.jit(jax.lax.dynamic_update_slice_in_dim, static_argnames="axis", donate_argnums=0)
    held = jax.numpy.zeros(part.shape, part.dtype)
    for begin, inputs in part.in_pieces(piece):
        held = put(held, inputs, begin, axis=0)
    return lambda rows: take(held, rows.astype(np.int32))


def callbacks(seed: int) -> list[Any]:  # noqa: ARG001 - Keras keeps the states of random numbers with the weights
    """What a training has to be told that resumes with the bits of an undisturbed one."""
    return []
