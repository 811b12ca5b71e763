"""Dask as processes of this machine."""

import os
import subprocess
import sys

from mid_stage import until

from cnnbench.core.errors import UserError
from cnnbench.running.on_dask import Dask


class Cluster:
    """A scheduler that does not know cnnbench, and workers that do, in a folder of their own.

    The environment of a worker is given by its number.
    """

    def __init__(self, folder, environment=lambda number: {}):
        self._environment = environment
        self.all = []
        self.folder, self.file = folder, folder / "scheduler.json"
        self.workers, self._scheduler = [], self._start("scheduler", "--port=0", "--no-dashboard", PYTHONPATH="")
        until(self.file.exists)

    def _start(self, kind, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--scheduler-file", self.file, *arguments]
        with (self.folder / "log").open("ab") as log:
            environment = os.environ | environment
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)

    @property
    def address(self):
        import json

        return json.loads(self.file.read_text())["address"]

    def fill(self):
        """Three workers, whatever became of earlier ones."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 3:
            arguments = ("--nthreads=1", "--no-nanny", "--no-dashboard")
            own = self._environment(len(self.all))
            self.workers.append(self._start("worker", *arguments, PYTHONPATH=os.pathsep.join(sys.path), **own))
            self.all.append(self.workers[-1])

        def count():
            try:
                engine = Dask(self.address)
            except UserError:  # none yet
                return 0
            engine._client.close()
            return engine.count

        until(lambda: count() == 3)

    def close(self):
        for process in [*self.workers, self._scheduler]:
            process.kill()
            process.wait()
