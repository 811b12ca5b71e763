"""The process behind a `Tracker`: reads events, a JSON object a line, and passes them to MLflow until the pipe ends."""

from __future__ import annotations

import json
import signal
import sys

from cnnbench.core.errors import run_script
from cnnbench.runs.record import Plan, TrainingRecord
from cnnbench.tracking.store import Store, store_errors

_RECORDS: dict[str, type[Plan]] = {"start_training": Plan, "start_evaluation": TrainingRecord}
"""Events that come with a record, as JSON within the JSON, and its class."""


@store_errors()
def main() -> None:
    """Serves one run; an error ends this process, which ends the stage too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the stage gets it too; this process ends with its pipe
    store = Store()  # now, not at the first event: the import is what takes long
    # It ends, too, when the training is killed: its run is FAILED then, not RUNNING for good.
    for line in sys.stdin:
        message = json.loads(line)
        event = message.pop("event")
        if kind := _RECORDS.get(event):
            message["record"] = kind.model_validate_json(message["record"])
        getattr(store, event)(**message)
    store.close()


if __name__ == "__main__":
    run_script(main)
