"""The commands on the workers of a Dask cluster that runs already."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError
from cnnbench.running import job, remote
from cnnbench.running.engine import Submit

_PATIENCE = 20.0  # seconds for the scheduler to answer


class Dask:
    """A Dask cluster.

    Args:
        address: Of the scheduler: tcp://host:8786.
        count: Of stages at once; as many as the workers have threads where it is None.
        way: Of the jobs to the workers.

    Raises:
        UserError: There is no `distributed`, no answer, or no worker and no count.
    """

    gpus: Sequence[str] = ()  # a worker sees its own

    def __init__(self, address: str, count: int | None = None, way: remote.Way | None = None) -> None:
        self.way = way or remote.SharedFiles()
        try:
            from distributed import Client
            from distributed.comm import get_address_host_port
        except ImportError as error:
            raise UserError(
                f"Expected the package distributed for --dask, received: {error}; `pip install 'cnnbench[dask]'`."
            ) from None
        try:
            get_address_host_port(address)  # a client of a bad one hangs when Python ends
            self._client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:  # no answer in time is an OSError, too
            raise UserError(
                f"Expected the address of a Dask scheduler, as tcp://host:8786, received {address!r}: {_line(error)}."
            ) from None
        threads = sum(self._client.nthreads().values())
        if not threads and count is None:
            self._client.close()
            raise UserError(f"Expected a worker at {address}, received none: start one, or say --jobs to wait for it.")
        self.count = count or threads

    @contextmanager
    def started(self, folder: Path, session: remote.Session) -> Iterator[Submit]:
        """See `Engine`."""
        futures: set[Future[job.Outcome]] = set()
        call, executor = _by_value(), self._client.get_executor(pure=False)

        def submit(made: job.Job) -> Future[job.Outcome]:
            packed = pickle.dumps(self.way.pack(made, session))
            try:
                if self._client.status != "running":  # what is handed over now might never come back
                    raise ConnectionError(f"the Dask client is {self._client.status}")
                future: Future[job.Outcome] = executor.submit(call, packed)
            except Exception as error:  # the scheduler has gone, of which Dask has many
                future = Future()
                future.set_exception(error)
            futures.add(future)
            future.add_done_callback(futures.discard)
            return future

        with self._client:
            self._end(self.way.ender(folder))  # what a call that was killed has left
            try:
                yield submit
            finally:
                for future in [*futures]:
                    future.cancel()
                session.close()  # what waits at a worker does not begin any more
                with suppress(Exception):  # the scheduler has gone
                    self._end(self.way.ender(folder, session))

    def _end(self, end: Callable[[], None]) -> None:
        """Calls it on each worker."""
        self._client.run(_by_value(), pickle.dumps(end), on_error="ignore")


def _by_value() -> Callable[[bytes], Any]:
    """A function that travels with its code, as Dask has it for one within another.

    The scheduler unpacks what it passes on: so it needs no cnnbench, and the workers alone do.
    """

    def call(packed: bytes) -> Any:
        import pickle

        return pickle.loads(packed)()  # noqa: S301 - from the client, which may run anything here

    return call


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
