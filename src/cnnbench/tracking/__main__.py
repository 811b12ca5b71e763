"""The process behind a `Tracker`: reads events, a JSON object a line, and passes them to MLflow until the pipe ends."""

from __future__ import annotations

import json
import signal
import sys

from cnnbench.runs.record import Plan, TrainingRecord
from cnnbench.tracking.store import Store

_RECORDS: dict[str, type[Plan]] = {"training": Plan, "evaluation": TrainingRecord}
"""Events that come with a record, as JSON within the JSON, and its class."""


def main() -> int:
    """Serves one run; an error of MLflow's is one line, and ends the stage too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stage is told; this process ends with its pipe
    try:
        store = Store()
        for line in sys.stdin:
            message = json.loads(line)
            event = message.pop("event")
            if kind := _RECORDS.get(event):
                message["record"] = kind.model_validate_json(message["record"])
            getattr(store, event)(**message)
        store.close()
    except Exception as error:  # MLflow raises whatever its store, its database or the network does
        said = " ".join(str(error).split())
        print(f"error: Expected a working MLflow store, received {type(error).__name__}: {said}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
