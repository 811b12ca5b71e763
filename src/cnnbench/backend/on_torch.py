"""What Keras has no word for, in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend.stepwise import feed, sharing  # noqa: F401 - the same for both
from cnnbench.data.records.batching import Batch, Batches

PACKAGE = "torch"
RUNS_STEPS = False  # several steps in one execution
COMPILES = False  # by torch.compile: not tried
HELD = 0  # bytes of examples that the device holds where it is the processor, which gathers faster by NumPy


def variables(threads: int) -> dict[str, str]:
    """What the environment has to say before the import, whatever the user's shell does."""
    return {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it cuBLAS repeats no bits
        "OMP_NUM_THREADS": str(threads),  # stages/run has set one, for NumPy, which is there by now
    }


def import_package() -> None:
    """Imports it."""
    import torch  # noqa: F401


def set_up(device: str, threads: int) -> str:
    """Chooses the device and pins what decides bits, before any other use.

    Args:
        device: auto, cpu or gpu.
        threads: CPU threads of one operation.

    Returns:
        "cpu", or the name of the GPU; nothing where none is found and one is asked for.
    """
    import torch
    from keras.src.backend.common import global_state

    gpu = torch.cuda.is_available()
    if device == "gpu" and not gpu:
        return ""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    torch.backends.cudnn.benchmark = False
    # float32 means float32: the default of convolutions rounds to TF32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    if device == "cpu" or not gpu:
        # Keras takes a GPU that is there; this is what its `device` scope sets
        global_state.set_global_attribute("torch_device", "cpu")
        return "cpu"
    return str(torch.cuda.get_device_name(0))


def has_gpu() -> bool:
    """Whether it computes on a GPU."""
    from keras.src.backend.torch.core import get_device

    return bool(get_device() != "cpu")


def gradient(function: Callable[[Any], tuple[Any, Any]], at: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The gradient of a function at a tensor, and what it returns beside its value.

    Args:
        function: Takes a tensor, and returns a scalar and another tensor.
        at: Where.
    """
    import keras
    import torch

    tensor = keras.ops.convert_to_tensor(at).requires_grad_()
    value, beside = function(tensor)
    found = None
    if value.requires_grad:  # else it depends on nothing
        (found,) = torch.autograd.grad(value, tensor, allow_unused=True)
    return (np.zeros_like(at) if found is None else keras.ops.convert_to_numpy(found)), keras.ops.convert_to_numpy(
        beside
    )


def prediction(model: Any, inputs: NDArray[Any]) -> Callable[[], NDArray[Any]]:
    """A prediction of some inputs, as it would be served, which waits for the result."""
    import keras
    import torch

    tensor = keras.ops.convert_to_tensor(inputs)

    def predict() -> NDArray[Any]:
        with torch.no_grad():
            return np.asarray(keras.ops.convert_to_numpy(model(tensor, training=False)))

    return predict


def peak_bytes() -> int:
    """The most memory that the GPU has held."""
    import torch

    return int(torch.cuda.max_memory_allocated())


def free_bytes() -> int:
    """The memory of the GPU that nothing takes yet."""
    import torch

    return int(torch.cuda.mem_get_info()[0])


def feed_held(model: Any, *parts: Batches, piece: int) -> tuple[Any, ...]:  # noqa: ARG001 - no need to change it
    """What `feed` gives, gathered by the device, which holds all inputs; see `feeding.feed_training`."""
    return tuple(feed(part.numbered(), _hold(part, piece)) for part in parts)


def _hold(part: Batches, piece: int) -> Callable[[Iterator[Batch]], Iterator[Any]]:
    """Copies all inputs to the device, and returns what gathers there what batches have the numbers of."""
    import torch
    from keras.src.backend.torch.core import get_device

    held = torch.empty(part.shape, dtype=torch.from_numpy(np.empty(0, part.dtype)).dtype, device=get_device())
    for begin, inputs in part.in_pieces(piece):
        held[begin : begin + len(inputs)] = torch.from_numpy(inputs).to(held.device)

    def gathered(stream: Iterator[Batch]) -> Iterator[Any]:
        for rows, *others in stream:
            yield held.index_select(0, torch.from_numpy(rows).to(held.device)), *others

    return gathered


def callbacks(seed: int) -> list[Any]:
    """What a training has to be told that resumes with the bits of an undisturbed one.

    Dropout draws from PyTorch's own state, which Keras does not keep: so each epoch has one of its own.
    """
    import keras
    import torch

    class Seeding(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            self._epoch = epoch

        # not earlier, since a data loader that starts draws, too
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            if batch == 0:
                drawn = np.random.SeedSequence([seed, self._epoch]).generate_state(1, np.uint64)[0]
                torch.manual_seed(int(drawn >> np.uint64(1)))

    return [Seeding()]
