"""What does each stage cost for 4 and 16 times the data? Linear growth, or better, is what is wanted.

`python benchmarks/growth.py` prints a Markdown table: 500, 2,000 and 8,000 phantoms of 32x32 pixels for the stages of a
data set and of a run; 2, 8 and 32 runs for the report. A network of one epoch is trained.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML
from stages import Cost, measure_stage

from cnnbench.core import files
from cnnbench.runs.record import FILE

ROOT = Path(__file__).parents[1]
EXAMPLES, TIMES, SIZE = 500, (1, 4, 16), 32
DATASET, WEIGHTS, FEATURES, RUN = "cifar10", "efficientnet_lite0-imagenet", "cifar10-block1", "cifar10-cifar_cnn"
STAGES = {
    **dict.fromkeys(("download", "split", "cache"), DATASET),
    **{"features": FEATURES, "train": RUN, "evaluate": RUN, "baselines": DATASET, "probes": FEATURES},
}
"""The stages of a data set and of a run, in order, each with its item; weights are as large for any data."""
_NOISE = 0.3  # CPU seconds


def prepare(folder: Path, examples: int) -> None:
    """Makes a repository with one data set and one run."""
    for name in ("src", "stages", "requirements"):
        (folder / name).symlink_to(ROOT / name)
    params = YAML().load(ROOT / "params.yaml")
    rule = {"source": "phantom", "examples": examples, "size": SIZE, "split": {"near_copies": "join"}}
    params["datasets"] = {DATASET: {"definition": DATASET, "quick": rule, "full": rule}}
    layer = {"dataset": DATASET, "weights": WEIGHTS, "architecture": "efficientnet_lite0", "layer": "block1"}
    params["features"] = {FEATURES: layer}
    params["runs"], params["epochs"] = {RUN: params["runs"][RUN]}, 1
    params["thresholds"] = {}
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(params, file)
    os.chdir(folder)
    measure_stage("settings", "")
    measure_stage("weights", WEIGHTS)


def repeat_run(count: int) -> None:
    """Fills reports/runs/ with copies of the one run, as if of other seeds."""
    with Path("params.yaml").open() as file:
        params = YAML().load(file)
    for seed in range(1, count):
        folder = Path("reports/runs", f"{RUN}-s{seed}")
        shutil.copytree(Path("reports/runs", RUN), folder, dirs_exist_ok=True)
        files.write_json(folder / FILE, files.read_json(folder / FILE) | {"run": folder.name, "seed": seed})
        params["runs"][folder.name] = params["runs"][RUN] | {"seed": seed}
    with Path("params.yaml").open("w") as file:
        YAML().dump(params, file)
    measure_stage("settings", "")


def describe(stage: str, costs: Iterable[Cost]) -> str:
    """A row of the table, with what the last three quarters of the data cost against the first: 1 is linear growth."""
    one, four, sixteen = costs
    first, last = (four.cpu - one.cpu) / 3, (sixteen.cpu - four.cpu) / 12
    growth = f"{last / first:.1f}" if four.cpu - one.cpu > _NOISE else "-"
    cells = [f"{cost.cpu:.1f}" for cost in (one, four, sixteen)] + [growth]
    cells += [f"{cost.memory:,.0f}" for cost in (one, four, sixteen)]
    return f"| {stage} | {' | '.join(cells)} |"


def main() -> None:
    """Measures, and prints the table."""
    costs: dict[str, list[Cost]] = {stage: [] for stage in (*STAGES, "report")}
    for times in TIMES:
        with tempfile.TemporaryDirectory() as folder:
            prepare(Path(folder), times * EXAMPLES)
            for stage, name in STAGES.items():
                costs[stage].append(measure_stage(stage, name, training=True))
                print(f"{stage}, {times} times: {costs[stage][-1].cpu:.1f} s", file=sys.stderr)
            if times == 1:
                for runs in TIMES:
                    repeat_run(2 * runs)
                    costs["report"].append(measure_stage("report", ""))
            os.chdir(ROOT)
    print("| stage | CPU s, 1 times | 4 | 16 | growth | MiB, 1 times | 4 | 16 |")
    print("|---" + "|--:" * 7 + "|")
    print(*(describe(stage, some) for stage, some in costs.items()), sep="\n")


if __name__ == "__main__":
    main()
