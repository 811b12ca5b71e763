"""What the steps of the one process cost, for `simulate.py`: CPU seconds of this machine, on stages that do nothing.

    python benchmarks/simulate_costs.py --runs 200

Each stage has as many deps and parameters as a training has (`merging.py`). It is what `cnnbench bench` does, step by
step: plan, begin, run, record, write. Prints the constants of `simulate.py`, but those of Dask and SLURM.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import merging
import numpy as np

from cnnbench.running import job, results_file
from cnnbench.running.pipeline import Pipeline

HERE = Path(".cnnbench")


@contextlib.contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Adds the CPU seconds of the block in this thread."""
    begun = time.thread_time()
    yield
    into.append(time.thread_time() - begun)


def measure(runs: int) -> dict[str, float]:
    """Runs the pipeline of the working directory, and returns seconds by step."""
    plan, begin, record, render, write = ([] for _ in range(5))
    with Pipeline() as pipeline, job.ended_afterwards():
        pipeline._written = time.monotonic() + 1e9  # written below
        with timed(plan):
            stages = [stage for stage in pipeline.plan() if pipeline.is_changed(stage)]
        made = []
        for stage in stages:  # each holds what it reads and writes until it is released
            with timed(begin):
                pipeline.is_changed(stage)
                pipeline.restore(stage)
                made.append(pipeline.prepare(stage, HERE, {}))
        for stage, one in zip(stages, made, strict=True):
            job.run(one)
            pipeline.release(stage)
            with timed(record):
                pipeline.record(stage)
        for stage in stages:
            with timed(render):
                results_file._render(stage)
        pipeline.write()
        file = results_file.ResultsFile(Path("dvc.lock"))
        for _ in range(5):
            with timed(write):
                file.add(stages[:1], {stages[0]: 0})
    kilobytes = Path("dvc.lock").stat().st_size / 1000
    held, first = np.polyfit(range(runs), begin, 1)
    entry = statistics.median(render)
    return {
        "PLAN": plan[0] / runs,
        "BEGIN": float(first),
        "HELD": float(held),
        "RECORD": statistics.mean(record),
        "RENDER": entry,
        "WRITE": (statistics.median(write) - entry) / kilobytes,
        "KB": kilobytes / runs,
    }


def main() -> None:
    """Prints a constant a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        merging.make(Path(), arguments.runs)
        HERE.mkdir(exist_ok=True)
        for name, seconds in measure(arguments.runs).items():
            print(f"{name} = {seconds:.2g}")


if __name__ == "__main__":
    main()
