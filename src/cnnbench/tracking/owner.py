"""The process that writes a run: where it is gone, nobody else will ever end the run."""

from __future__ import annotations

import os
import platform

HOST, PROCESS = "cnnbench.host", "cnnbench.process"
_TOLERANCE = 2.0  # seconds: a start time follows the system's clock, which is set now and then


def tags() -> dict[str, str]:
    """This process as tags of an MLflow run: its host, its id and when it started."""
    import psutil

    return {HOST: platform.node(), PROCESS: f"{os.getpid()} {psutil.Process().create_time():.2f}"}


def is_gone(process: str) -> bool:
    """Whether a process of this host, by its tag, has ended; another with its id does not pass for it."""
    import psutil

    number, _, started = process.partition(" ")
    try:
        found = psutil.Process(int(number))
        return bool(found.status() == psutil.STATUS_ZOMBIE or abs(found.create_time() - float(started)) > _TOLERANCE)
    except psutil.AccessDenied:  # there is one, of another user
        return False
    except (psutil.NoSuchProcess, ValueError):
        return True
