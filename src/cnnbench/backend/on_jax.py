"""What Keras has no word for, in JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend.stepwise import feed, sharing  # noqa: F401 - the same for both
from cnnbench.data.records.batching import Batch, Batches

PACKAGE = "jax"
RUNS_STEPS = True  # several steps in one execution
COMPILES = True  # else each operation is sent by itself: a hundred times slower
HELD = 0  # bytes of examples that the device holds where it is the processor, which gathers faster by NumPy
_CALL, _CALL_BYTES = 32, 2**24  # batches, and bytes of them, that one call gathers


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


def _hold(part: Batches, piece: int) -> Callable[[Iterator[Batch]], Iterator[Any]]:
    """Copies all inputs to the device, and returns what gathers there what batches have the numbers of.

    Several batches are gathered by one call, and their labels sent with it: a call takes as long as a small step.
    """
    import jax

    put = jax.jit(jax.lax.dynamic_update_slice_in_dim, static_argnames="axis", donate_argnums=0)
    held = jax.numpy.zeros(part.shape, part.dtype)
    for begin, inputs in part.in_pieces(piece):
        held = put(held, inputs, begin, axis=0)

    def gather(held: Any, rows: Any, *others: Any) -> list[Any]:  # JAX would compile a `held` from outside into it
        inputs = [held.at[some].get(mode="promise_in_bounds") for some in rows]
        return list(zip(inputs, *others, strict=True))

    compiled = jax.jit(gather)

    def gathered(stream: Iterator[Batch]) -> Iterator[Any]:
        for batches in _grouped(stream, max(1, min(_CALL, _CALL_BYTES // part.batch_nbytes)), part.size):
            rows, *others = (np.stack(arrays) for arrays in zip(*batches, strict=True))
            yield from compiled(held, rows.astype(np.int32), *others)

    return gathered


def _grouped(stream: Iterator[Batch], number: int, size: int) -> Iterator[list[Batch]]:
    """So many batches of this size together at most; a smaller one, the last of an epoch, alone."""
    group: list[Batch] = []
    for batch in stream:
        if len(batch[0]) < size:
            yield from ([group] if group else [])
            group = []
            yield [batch]
            continue
        group.append(batch)
        if len(group) == number:
            yield group
            group = []
    yield from ([group] if group else [])


def callbacks(seed: int) -> list[Any]:  # noqa: ARG001 - Keras keeps the states of random numbers with the weights
    """What a training has to be told that resumes with the bits of an undisturbed one."""
    return []
