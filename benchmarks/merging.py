"""How long many runs take that DVC has in its cache already, as those that came from other machines have.

    python benchmarks/merging.py --runs 125 250 500

A pipeline of so many stages of `echo`, each with as many deps and parameters as a training has, is run once in a
folder of its own. Then outputs and dvc.lock are removed, and `cnnbench bench` takes all out of the run cache. Prints a
line for each number: wall and CPU seconds, CPU a stage, the size of dvc.lock; with --serial also those of `dvc repro`,
which writes dvc.lock once for each stage. dvc.lock must be the same bytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
FOLDERS, FILES = 8, 6  # that a training depends on
SCRIPT = """
import sys
from cnnbench.running import execution
from cnnbench.running.engine import Here

class Silent:
    def __getattr__(self, name):
        return lambda *given: None

with execution.alone():
    ended = execution.execute([], Here(int(sys.argv[1])), Silent())
print({state: sum(one.state == state for one in ended) for state in {one.state for one in ended}})
"""


def make(folder: Path, runs: int) -> None:
    """Makes the repository."""
    for index in range(FOLDERS):
        for name in "abcdefgh":
            path = folder / f"code/{index}/{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{index} {name}\n" * 50)
    for index in range(FILES):
        (folder / f"code/{index}.py").write_text(f"{index}\n")
    shipped = YAML(typ="safe").load(ROOT / "params.yaml")
    run = shipped["runs"]["mnist-mnist_cnn"]
    params = {"runs": {f"mnist-mnist_cnn-s{seed}": {**run, "seed": seed} for seed in range(runs)}}
    params |= {"profile": "quick", "lr": None, "threads": 2, "split": shipped["split"]}
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(params, file)
    stage = {
        "cmd": "mkdir -p models/${key} && echo ${key} > models/${key}/model && echo 1 > models/${key}/history.csv",
        "deps": [f"code/{index}" for index in range(FOLDERS)] + [f"code/{index}.py" for index in range(FILES)],
        "params": ["runs.${key}", "profile", "lr", "threads", "split"],
        "outs": ["models/${key}"],
    }
    with (folder / "dvc.yaml").open("w") as file:
        YAML().dump({"vars": [{"runs": {}}], "stages": {"train": {"foreach": "${runs}", "do": stage}}}, file)
    (folder / ".gitignore").write_text("/models\n/.cnnbench\n")
    (folder / ".dvcignore").write_text(".gitignore\n")
    for command in ("git init --quiet", "dvc init --quiet", "dvc config core.analytics false", "git add ."):
        subprocess.run(command.split(), cwd=folder, check=True)


def timed(folder: Path, *command: str) -> str:
    """Runs a command; returns its wall and CPU seconds."""
    before, start = os.times(), time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return f"{time.monotonic() - start:.1f} s, {cpu:.1f} s of CPU"


def forget(folder: Path) -> bytes:
    """Removes the results; returns dvc.lock."""
    lock = (folder / "dvc.lock").read_bytes()
    (folder / "dvc.lock").unlink()
    shutil.rmtree(folder / "models")
    return lock


def compare(lock: bytes, first: bytes) -> None:
    """Ends the program where dvc.lock is not what it was."""
    if lock != first:
        raise SystemExit("dvc.lock differs")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[125, 250, 500])
    parser.add_argument("--serial", action="store_true", help="also `dvc repro`")
    arguments = parser.parse_args()
    ours = (sys.executable, "-c", SCRIPT, "2")
    for runs in arguments.runs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder, runs)
            first = timed(folder, *ours)
            lock = forget(folder)
            cached = timed(folder, *ours)
            size = (folder / "dvc.lock").stat().st_size // 1000
            nothing = timed(folder, *ours)
            print(f"{runs} stages, dvc.lock {size} kB: run {first}; from the cache {cached}; up to date {nothing}")
            compare(forget(folder), lock)
            if arguments.serial:
                print(f"{runs} stages, dvc repro: from the cache {timed(folder, 'dvc', 'repro', '--quiet')}", end="; ")
                compare(forget(folder), lock)
                print("dvc.lock is the same")


if __name__ == "__main__":
    main()
