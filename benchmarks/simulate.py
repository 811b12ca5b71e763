"""What breaks first where many machines run many runs: a simulation with measured costs, of no real work.

    python benchmarks/simulate.py
    python benchmarks/simulate.py --runs 10000 --machines 100 --seconds 600

A run is a training and an evaluation. One process does all of DVC's work: it hands a stage to a machine that is free,
and takes the result over. It is one core, so while it does the one, all that has ended elsewhere waits. Each of its
steps has the CPU seconds that `simulate_costs.py` measured (`COSTS`), on a machine with other work, so rather too many.
Prints for each case how long it takes, the share of the machines' time in which they work, the share of the time in
which the one process does, and the step that takes most.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections import Counter

STAGES = ("train", "evaluate")
KB = 3.0  # of dvc.lock that a stage takes
BEGIN = 0.027  # seconds of CPU: is it changed? is it in the run cache? its inputs hashed, its outputs removed
HELD = 0.00099  # more, for each stage that runs at that time: DVC's list of what is read and written is one file
SUBMIT = {"dask": 0.003, "slurm": 0.15}  # pickled and sent; `sbatch`, not measured: 0.05 to 0.3 is usual
RECORD = 0.056  # inputs hashed once more, outputs hashed and put into the cache
WRITE = 0.000026  # for each kB of dvc.lock, which is read and written whole
RENDER = 0.0056  # for each new entry of it
PLAN = 0.0057  # for each stage, once, before the first begins: the graph, and whether it is changed
COSTS = f"""\
seconds of CPU: begin {BEGIN} + {HELD} for each that runs, submit {SUBMIT}, record {RECORD},
write {WRITE} a kB of dvc.lock ({KB:g} kB a stage) + {RENDER} an entry, plan {PLAN} a stage\
"""


class Simulation:
    """One case.

    Args:
        runs: To be done.
        machines: Each of which does one stage at a time.
        seconds: Of a training; of an evaluation a fifth. They vary by a third.
        engine: dask or slurm.
        batch: Seconds between two writings of dvc.lock; 0 for one whenever something was recorded.
    """

    def __init__(self, runs: int, machines: int, seconds: float, engine: str, batch: float = 0) -> None:
        self._seconds, self._engine, self._batch = seconds, engine, batch
        self._draw = random.Random(0)  # noqa: S311
        self._ready = [(stage, run) for run in range(runs) for stage in STAGES[:1]][::-1]
        self._free, self.machines, self.runs = machines, machines, runs
        self._running: list[tuple[float, str, int]] = []
        self.spent: Counter[str] = Counter()
        self.time = self._written = self.worked = 0.0
        self.stages = self._new = 0

    def execute(self) -> None:
        """Runs it to the end."""
        self._spend("plan", PLAN * self.runs * len(STAGES))
        while self._ready or self._running:
            while self._ready and self._free:
                self._begin(*self._ready.pop())
            self._write()
            self.time = max(self.time, self._running[0][0])
            while self._running and self._running[0][0] <= self.time:
                _, stage, run = heapq.heappop(self._running)
                self._take(stage, run)
        self._write(last=True)

    def _spend(self, step: str, seconds: float) -> None:
        self.spent[step] += seconds
        self.time += seconds

    def _begin(self, stage: str, run: int) -> None:
        self._free -= 1
        self._spend("begin", BEGIN + HELD * len(self._running))
        self._spend("submit", SUBMIT[self._engine])
        seconds = self._seconds * (1 if stage == "train" else 0.2) * self._draw.uniform(2 / 3, 4 / 3)
        self.worked += seconds
        heapq.heappush(self._running, (self.time + seconds, stage, run))

    def _take(self, stage: str, run: int) -> None:
        self._free += 1
        self._spend("record", RECORD)
        self.stages += 1
        self._new += 1
        if stage == "train":
            self._ready.append(("evaluate", run))

    def _write(self, last: bool = False) -> None:
        if self._new and (last or self.time - self._written >= self._batch):
            self._spend("write", WRITE * KB * self.stages + RENDER * self._new)
            self._new, self._written = 0, self.time


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--machines", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--seconds", type=float, nargs="+", default=[20, 600])
    parser.add_argument("--batch", type=float, default=0.0, help="seconds between two writings of dvc.lock")
    arguments = parser.parse_args()
    print(COSTS, end="\n\n")
    print("| runs | machines | a training | engine | takes | machines work | the one process works | most of it |")
    print("|--:|--:|--:|---|--:|--:|--:|---|")
    for runs in arguments.runs:
        for machines in arguments.machines:
            for seconds in arguments.seconds:
                for engine in SUBMIT:
                    case = Simulation(runs, machines, seconds, engine, arguments.batch)
                    case.execute()
                    step, most = case.spent.most_common(1)[0]
                    print(
                        f"| {runs:,} | {machines} | {seconds:g} s | {engine} | {case.time / 3600:.1f} h | "
                        f"{case.worked / case.time / machines:.0%} | {case.spent.total() / case.time:.0%} | "
                        f"{step}, {most / case.spent.total():.0%} |"
                    )


if __name__ == "__main__":
    main()
