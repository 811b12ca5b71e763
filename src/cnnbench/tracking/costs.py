"""What a run costs: seconds, memory, energy, the time of one answer.

It differs from one machine and day to another, so it goes to MLflow, and into no file that DVC tracks. What the
machine does not tell is left out.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from cnnbench.tracking import energy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIB = 2**20
WARM_UP, CALLS = 3, 20
BUDGET = 0.3  # seconds after which neither another call warms up nor another is measured


class Meter:
    """Watches a training while a `with` block lasts."""

    def __init__(self, device: str) -> None:
        """Takes the device as `runtime.configure` returns it: "cpu", or the name of the GPU."""
        self._device = device
        self._energy = energy.Counter(gpu=device != "cpu")

    def __enter__(self) -> Self:
        self._energy.start()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seconds = time.perf_counter() - self._started
        self._joules = self._energy.stop()

    def figures(self, examples: int) -> dict[str, float]:
        """What the training cost, once the block has ended.

        Args:
            examples: That it has seen: those of the training part, times its epochs.

        Returns:
            images_per_second; peak_memory_mib, of the process, or of the GPU where it trained there; energy_joules,
            of the processors or the GPU, with whatever else they did meanwhile.
        """
        found = {"images_per_second": examples / self._seconds, "peak_memory_mib": _peak(self._device) / MIB}
        return found if self._joules is None else found | {"energy_joules": self._joules}


def latency_ms(network: Any, example: NDArray[np.generic]) -> float:
    """The median time of one answer to one example, in milliseconds, after calls to warm up.

    The network runs as a graph, as it would be served. A slow network is called fewer times.

    Args:
        network: A Keras model.
        example: An input, shape (1, *shape).
    """
    import tensorflow as tf

    inputs = tf.constant(example)
    answer = tf.function(lambda batch: network(batch, training=False))
    _calls(answer, inputs, WARM_UP)
    return 1000 * statistics.median(_calls(answer, inputs, CALLS))


def _calls(answer: Any, inputs: Any, most: int) -> list[float]:
    """The seconds of each call: of at least one, and of no other once the budget is spent."""
    taken: list[float] = []
    while not taken or (len(taken) < most and sum(taken) < BUDGET):
        started = time.perf_counter()
        answer(inputs).numpy()  # a GPU answers before it is done
        taken.append(time.perf_counter() - started)
    return taken


def _peak(device: str) -> int:
    """Bytes of memory at the most."""
    if device != "cpu":
        import tensorflow as tf

        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage counts KiB, but for macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
