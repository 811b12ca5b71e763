"""The process behind a `Tracker`: reads events, a JSON object a line, and passes them to MLflow until the pipe ends."""

from __future__ import annotations

import json
import signal
import sys

from cnnbench.tracking.store import Store


def main() -> int:
    """Serves one run; an error of MLflow's is one line, and ends the stage too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stage is told; this process ends with its pipe
    try:
        store = Store()
        for line in sys.stdin:
            message = json.loads(line)
            getattr(store, message.pop("event"))(**message)
        store.close()
    except Exception as error:  # MLflow raises whatever its store, its database or the network does
        said = " ".join(str(error).split())
        print(f"error: Expected a working MLflow store, received {type(error).__name__}: {said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
