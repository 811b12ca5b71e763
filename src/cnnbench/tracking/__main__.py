"""The process behind a `Tracker`: reads events, a JSON object a line, and passes them to MLflow until the pipe ends."""

from __future__ import annotations

import json
import signal
import sys

from cnnbench.tracking.store import Store


def main() -> None:
    """Serves one run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stage is told; this process ends with its pipe
    store = Store()
    for line in sys.stdin:
        message = json.loads(line)
        getattr(store, message.pop("event"))(**message)
    store.close()


if __name__ == "__main__":
    main()
