"""What does each stage cost, in CPU seconds and memory, beside the training itself?

In a clone whose stages have run, since each is run again: `python benchmarks/stages.py [stage@name ...]` prints a
Markdown table; without arguments it measures every stage of dvc.yaml. CPU seconds, of the stage and the processes that
it starts, move less than the wall clock where others use the machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# Runs a stage as stages/run does, and leaves the CPU seconds of the training within it in a file.
_TIMED = """
import pathlib, sys, time
from cnnbench.core import launch
from cnnbench.training import trainer
clock, train = pathlib.Path(sys.argv.pop()), trainer.train
def timed(*arguments):
    started = time.process_time()
    trained = train(*arguments)
    clock.write_text(str(time.process_time() - started))
    return trained
trainer.train = timed
launch.main()
"""
_IMPORTS = "import runpy; runpy.run_path('stages/{stage}.py')"
_TENSORFLOW = "; from cnnbench.backend import runtime; runtime.import_quietly()"
_WITH_TENSORFLOW = ("weights", "features", "train", "evaluate")
# as stages/run sets it
_SETTINGS = {"PYTHONPATH": "src", "PYTHONHASHSEED": "0"} | {
    f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")
}


class Cost(NamedTuple):
    """Of one process and its children.

    Attributes:
        cpu: Seconds.
        memory: The most MiB that one process held.
    """

    cpu: float
    memory: float


def measure(command: list[str]) -> Cost:
    """Runs a command in the working directory, as stages/run runs Python; ends the program where it fails."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | _SETTINGS)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output.read().decode(errors='replace')[-2000:]}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure_stage(stage: str, name: str, *, training: bool = False) -> Cost:
    """Runs a stage; of a training, the cost without the training itself, unless that is wanted, too."""
    arguments = [stage, name] if name else [stage]
    if stage != "train" or training:
        return measure(["sh", "stages/run", *arguments])
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder, "clock")
        cost = measure([sys.executable, "-c", _TIMED, *arguments, str(clock)])
        return cost._replace(cpu=cost.cpu - float(clock.read_text()))


def measure_imports(stage: str) -> Cost:
    """Imports what the script of a stage imports, and does no more; without MLflow, which another process imports."""
    return measure([sys.executable, "-c", _IMPORTS.format(stage=stage) + _TENSORFLOW * (stage in _WITH_TENSORFLOW)])


def tabulate(targets: Iterable[str]) -> str:
    """Runs stages and makes a Markdown table with a row per kind."""
    kinds: dict[str, list[Cost]] = defaultdict(list)
    for target in targets:
        stage, _, name = target.partition("@")
        kinds[stage].append(measure_stage(stage, name))
        print(f"{target}: {kinds[stage][-1].cpu:.1f} s", file=sys.stderr)
    lines = [
        "| stage | runs | CPU s, median | least to most | in all | of one, imports | MiB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for stage, costs in kinds.items():
        seconds = [cost.cpu for cost in costs]
        named = "train, without the training" if stage == "train" else stage
        lines.append(
            f"| {named} | {len(costs)} | {statistics.median(seconds):.1f} | {min(seconds):.1f} to {max(seconds):.1f} "
            f"| {sum(seconds):.0f} | {measure_imports(stage).cpu:.1f} | {max(cost.memory for cost in costs):,.0f} |"
        )
    return "\n".join(lines)


def main(targets: list[str]) -> None:
    """Measures stages, all of them without arguments, and prints the table."""
    if not targets:
        listed = subprocess.run(["dvc", "stage", "list", "--name-only"], check=True, capture_output=True, text=True)
        targets = listed.stdout.split()
    print(tabulate(targets))


if __name__ == "__main__":
    main(sys.argv[1:])
