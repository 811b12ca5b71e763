"""Work on many items side by side, in threads or in processes, with the results in order and few items in memory.

Threads take turns at Python's own work, which is a quarter of what a small image costs; processes do not, but each
takes a third of a second to start. A process here is one of Python that reads pickles and answers them (`worker`):
unlike one of `multiprocessing`, it does not import the main module again, and ends with the one that asks, however that
ends.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from cnnbench.core.errors import UserError

S = TypeVar("S")
T = TypeVar("T")

_AHEAD = 2  # items for each worker that are read before they are needed


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_in_order(function: Callable[[S], T], items: Iterable[S], *, processes: bool) -> Iterator[T]:
    """Yields `function` of every item, in their order.

    Args:
        function: In processes it is pickled, as are items and results; there each has a copy of its own.
        items: Taken by one thread, a few for each core ahead of what is yielded.
        processes: Whether processes compute, one for each core; else threads.

    Raises:
        UserError: A process was ended from outside.
    """
    with ExitStack() as stack:
        call = stack.enter_context(_Processes(function, cores())).call if processes else function
        pool = ThreadPoolExecutor(cores())
        stack.callback(pool.shutdown, cancel_futures=True)
        waiting: deque[Future[T]] = deque()
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) > _AHEAD * cores():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Processes:
    """Processes that compute one function."""

    def __init__(self, function: Callable[[Any], Any], count: int) -> None:
        self._function, self._count = pickle.dumps(function), count
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._all: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "cnnbench.core.worker"]
        # what this process can import, and one thread, since there is a process for each core
        changed = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        try:
            for _ in range(self._count):
                # in a group of its own: Ctrl-C reaches this process, at whose end it ends
                process = subprocess.Popen(  # noqa: S603  # this interpreter
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | changed, process_group=0
                )
                self._all.append(process)
                self._idle.put(process)
            for process in self._all:
                _send(process, self._function)
        except BaseException as error:
            self.__exit__()
            if isinstance(error, BlockingIOError):  # EAGAIN
                raise UserError(
                    f"Expected to start {self._count} processes that work side by side, received of the system: "
                    f"{error.strerror}: raise the limit of processes (ulimit -u, or the container's), or end some."
                ) from None
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._all:
            process.kill()  # it holds nothing that is not written
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # of what it will not read
                    pipe.close()  # type: ignore[union-attr]

    def call(self, item: Any) -> Any:
        """The function of an item, by a process that is idle; called by as many threads as there are processes."""
        process = self._idle.get()
        try:
            _send(process, pickle.dumps(item, pickle.HIGHEST_PROTOCOL))
            result, error = pickle.load(process.stdout)  # type: ignore[arg-type]  # noqa: S301  # a pipe from what we started
        except (EOFError, pickle.UnpicklingError):  # nothing, or a part of an answer
            raise _ended(process) from None
        finally:
            self._idle.put(process)
        if error is not None:
            raise error
        return result


def _send(process: subprocess.Popen[bytes], message: bytes) -> None:
    try:
        process.stdin.write(message)  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
    except BrokenPipeError:
        raise _ended(process) from None


def _ended(process: subprocess.Popen[bytes]) -> UserError:
    code = process.wait()
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return UserError(
        f"Expected the processes that work side by side to last, received the end of one ({how}): "
        "free memory, of which the system may have had too little, and run it again."
    )
