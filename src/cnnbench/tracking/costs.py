"""Costs of a run: seconds, memory, the time of one prediction.

They differ from one machine and day to another, so they go to MLflow, and into no file that DVC tracks.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from cnnbench.backend import runtime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIB = 2**20
# The first calls trace and compile the graph; they would count as slow predictions.
WARM_UP, CALLS = 3, 20
BUDGET = 0.3  # seconds after which neither another call warms up nor another is measured


class Meter:
    """Times a training while a `with` block lasts."""

    def __init__(self, device: str) -> None:
        """Takes the device as `runtime.configure` returns it: "cpu", or the name of the GPU."""
        self._device = device

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self._seconds = time.perf_counter() - self._started

    def costs(self, examples: int) -> dict[str, float]:
        """Costs of the training, once the block has ended.

        Args:
            examples: That the network has seen: those of the training part, times the epochs of this process.

        Returns:
            images_per_second, unless there are none; peak_memory_mib, of the process, or of the GPU where it trained.
        """
        speed = {"images_per_second": examples / self._seconds} if examples else {}
        return speed | {"peak_memory_mib": _peak_bytes(self._device) / MIB}


def latency_ms(network: Any, example: NDArray[np.generic]) -> float:
    """The median time of one prediction of one example, in milliseconds, after calls to warm up.

    A slow network is called fewer times.

    Args:
        network: A Keras model.
        example: An input, shape (1, *shape).
    """
    # As it would be served; model.predict would time Keras' own loop round it, too.
    predict = runtime.engine().prediction(network, example)
    _time_calls(predict, WARM_UP)
    # The median: a call that the system interrupts does not move it.
    return 1000 * statistics.median(_time_calls(predict, CALLS))


def _time_calls(predict: Callable[[], object], most: int) -> list[float]:
    """The seconds of each call: of at least one, and of no other once the budget is spent."""
    seconds: list[float] = []
    while not seconds or (len(seconds) < most and sum(seconds) < BUDGET):
        started = time.perf_counter()
        predict()
        seconds.append(time.perf_counter() - started)
    return seconds


def _peak_bytes(device: str) -> int:
    if device != "cpu":
        return int(runtime.engine().peak_bytes())
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage counts KiB, but bytes on macOS
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
