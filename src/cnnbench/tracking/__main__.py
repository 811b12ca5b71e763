"""The process behind a `Tracker`: passes the events of a spool to MLflow, until its stage ends."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from cnnbench.tracking import READY, TOLD, connection, is_strict, replay, spool
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import StoreError, store_errors, warn

_WAKES = 65_536  # bytes, all that a pipe holds


def main(path: Path) -> None:
    """Serves one run; what MLflow does not take stays in the spool.

    Raises:
        StoreError: The store does not work.
    """
    with spool.following(path) as file, store_errors(), _open_store() as store:
        with suppress(StoreError):  # of an older run; this one comes first
            replay.complete_runs(store)
        # The stage writes a byte after each event. The pipe ends when the stage does, also by SIGKILL.
        while os.read(sys.stdin.fileno(), _WAKES):
            replay.apply(store, replay.parse(spool.read(file)))
        replay.apply(store, replay.parse(spool.read(file)))
        store.close_run()
        path.unlink()


def _open_store() -> Store:
    """Opens the store now, not at the first event: the import is what takes long. A strict stage waits for it."""
    try:
        with store_errors():
            store = Store()
    except StoreError as error:
        if is_strict():  # the stage tells it as its own
            print(error.reason, flush=True)
            raise SystemExit(TOLD) from None
        raise
    print(READY, flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads on
    return store


if __name__ == "__main__":
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with its stage, after it
    connection.bound_requests()
    # MLflow imports it where it is installed, for tables; none is logged here. None means "not installed"
    sys.modules["pandas"] = None  # type: ignore[assignment]
    # Libraries may write what they like, a URI with a password among it: here it goes nowhere.
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as terminal, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
        try:
            main(Path(sys.argv[1]))
            gc.freeze()  # else Python looks for garbage in all that MLflow imports before it ends: 0.8 s of CPU
        except StoreError as error:
            sys.stderr = terminal
            warn(error.reason)
            raise SystemExit(TOLD) from None
