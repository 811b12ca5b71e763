"""Runs the pipeline of the working directory, as `cnnbench bench` does: bench_process.py <jobs> <target> ..."""

import sys

from cnnbench.core import interrupts
from cnnbench.core.errors import one_line
from cnnbench.running import bench
from cnnbench.running.engine import Here


class Notes:
    """A watcher that remembers."""

    def __init__(self):
        self.slots, self.again = {}, []

    def started(self, job, slot):
        self.slots[job.name] = slot

    def lost(self, job, reason):
        self.again.append(job.name)

    def ended(self, ended):
        pass

    def tick(self):
        pass


if __name__ == "__main__":
    with interrupts.handled(), one_line(), bench.alone():
        ended = bench.execute(sys.argv[2:], Here(int(sys.argv[1])), Notes())
        sys.exit(any(one.state == "failed" for one in ended))
