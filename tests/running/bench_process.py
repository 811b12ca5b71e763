"""Runs the pipeline of the working directory as `cnnbench bench` does: bench_process.py <jobs> <engine> <target> ..."""

import sys

from cnnbench.core import interrupts
from cnnbench.core.errors import one_line
from cnnbench.running import execution
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


def make_engine(jobs, kind, *arguments):
    """Of `here`, `dask <address>`, `slurm <cluster>`."""
    if kind == "dask":
        from cnnbench.running.on_dask import Dask

        return Dask(*arguments, count=jobs)
    if kind == "slurm":
        from cnnbench.running.on_slurm import Slurm

        return Slurm(jobs, *(arguments or ["local"]), {"timeout_min": 30})
    return Here(jobs)


if __name__ == "__main__":
    with interrupts.handled(), one_line(), execution.alone():
        ended = execution.execute(sys.argv[3:], make_engine(int(sys.argv[1]), *sys.argv[2].split()), Notes())
        sys.exit(any(one.state == "failed" for one in ended))
