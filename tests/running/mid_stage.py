"""For what happens in the middle of a stage: waits for it, and looks at its processes."""

import time

import psutil

ONCE = """if [ ! -f once ]; then touch once; {}; fi
"""


def until(condition, seconds=60):
    """Waits for what must come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(path):
    """Whether the process whose id a file holds is there."""
    return psutil.pid_exists(int(path.read_text())) and psutil.Process(int(path.read_text())).status() != "zombie"
