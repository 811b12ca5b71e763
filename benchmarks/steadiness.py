"""Do the quick runs hang by a thread? Each run is trained with several seeds under several instruction sets.

Run it after `dvc repro cache`: `python benchmarks/steadiness.py`. A run is steady where no training misses one of its
thresholds, and where the accuracies on its test examples differ by at most 0.10 (VGG16: 0.15). Every training is a
process of its own and a line in .cnnbench/steadiness.jsonl: a second call trains only what is not there, or what has
another recipe or other data. `--write` writes docs/steadiness.md. Exit code 1 where a run is not steady.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnbench import config
from cnnbench.core import files, markdown, processor
from cnnbench.data.records import reader, schema
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import gate

DONE, DOCUMENT = Path(".cnnbench/steadiness.jsonl"), Path("docs/steadiness.md")
SEEDS = (0, 1, 2, 3, 4)
BEST = "default"
INSTRUCTION_SETS = ("SSE41", "AVX2", BEST)  # values of ONEDNN_MAX_CPU_ISA; default: this processor's best
SPREAD = 0.10
SPREADS = {"vgg16": 0.15}  # of accuracy, by network
METRICS = ("accuracy", "roc_auc", "rmse")
Row = dict[str, Any]


def main() -> int:
    """Trains what is missing, prints the table, and says whether all runs are steady."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="+", metavar="RUN", help="default: all of params.yaml")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--sets", nargs="+", default=INSTRUCTION_SETS, help="values of ONEDNN_MAX_CPU_ISA, or default")
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT}")
    parser.add_argument("--one", nargs=2, metavar=("RUN", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(train(arguments.one[0], int(arguments.one[1]))))
        return 0
    knobs = config.load()
    rows = [
        measure(knobs, name, seed, isa)
        for name in arguments.runs or knobs.runs
        for isa in arguments.sets
        for seed in arguments.seeds
    ]
    lines, steady = tabulate(knobs, rows)
    print(*lines, sep="\n")
    if arguments.write:
        files.write_text(DOCUMENT, document(lines))
    return 0 if steady else 1


def measure(knobs: config.Params, name: str, seed: int, isa: str) -> Row:
    """The row of one training, from the file of those done, or trained now in a process of its own."""
    records = schema.read(Path("data/records", knobs.runs[name].dataset))
    key = {
        "run": name,
        "seed": seed,
        "isa": isa,
        "recipe": knobs.run(name).recipe.model_dump(mode="json"),
        "shards": {shard.file: shard.sha256[:12] for shard in records.shards},
        "threads": knobs.threads,
    }
    known = [json.loads(line) for line in DONE.read_text(encoding="utf-8").splitlines()] if DONE.exists() else []
    for row in known:
        if all(row.get(field) == value for field, value in key.items()):
            return row
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {} if isa == BEST else {"ONEDNN_MAX_CPU_ISA": isa}
    started = time.perf_counter()
    command = [sys.executable, __file__, "--one", name, str(seed)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    row = key | json.loads(done.stdout.splitlines()[-1]) | {"seconds": round(time.perf_counter() - started, 1)}
    DONE.parent.mkdir(exist_ok=True)
    with DONE.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    print(f"{name} seed {seed} {isa}: {row['metrics']} in {row['seconds']} s", file=sys.stderr)
    return row


def train(name: str, seed: int) -> Row:
    """Trains a run as the train stage does, and measures it as the evaluate stage does."""
    from cnnbench.backend import runtime
    from cnnbench.evaluation import scoring
    from cnnbench.metrics.measure import measure as measure_metrics
    from cnnbench.metrics.predictions import Predictions
    from cnnbench.training import trainer

    knobs = config.load()
    run = knobs.run(name).model_copy(update={"seed": seed})
    settings = runtime.configure("cpu", knobs.threads, seed)
    folder = Path("data/records", run.dataset)
    records = schema.read(folder)
    folds = records.parts(knobs.split, run.fold)
    model = trainer.train(run, folder, records, folds, lambda _: None).model
    test = reader.load(folder, records, folds["test"])
    scores = scoring.predict_scores(model, test.inputs)
    predictions = Predictions(test.labels, scores if records.classes else scores[:, 0], test.groups)
    metrics = {metric: estimate.value for metric, estimate in measure_metrics(predictions, draws=0).items()}
    return {"metrics": {metric: round(metrics[metric], 4) for metric in METRICS if metric in metrics}, **settings}


def tabulate(knobs: config.Params, rows: list[Row]) -> tuple[list[str], bool]:
    """A Markdown table with a line per run, and whether all runs are steady."""
    header = (
        "run",
        ">trainings",
        *(f">{isa}" for isa in INSTRUCTION_SETS),
        ">spread",
        ">lowest AUC",
        "thresholds",
        "steady",
    )
    cells, steady = [], True
    for name in dict.fromkeys(row["run"] for row in rows):
        own = [row for row in rows if row["run"] == name]
        metric = "accuracy" if "accuracy" in own[0]["metrics"] else "rmse"
        values = [row["metrics"][metric] for row in own]
        spread = max(values) - min(values)
        missed = sum(not all(verdict.ok for verdict in judge(knobs, row)) for row in own)
        allowed = SPREADS.get(knobs.runs[name].architecture, SPREAD) if metric == "accuracy" else float("inf")
        good = not missed and spread <= allowed + 1e-9
        steady &= good
        areas = [row["metrics"]["roc_auc"] for row in own if "roc_auc" in row["metrics"]]
        cells.append(
            (
                name,
                str(len(own)),
                *(_reach([row["metrics"][metric] for row in own if row["isa"] == isa]) for isa in INSTRUCTION_SETS),
                f"{spread:.3f}",
                f"{min(areas):.3f}" if areas else "",
                f"missed {missed} times" if missed else "met",
                "yes" if good else "NO",
            )
        )
    return list(markdown.table(header, cells)), steady


def judge(knobs: config.Params, row: Row) -> list[gate.Verdict]:
    """The verdicts on the thresholds of a row's run."""
    name = row["run"]
    metrics = {name: {metric: Estimate(value, value, value) for metric, value in row["metrics"].items()}}
    return gate.judge(metrics, {name: knobs.thresholds.get(name, {})})


def document(lines: list[str]) -> str:
    """The content of docs/steadiness.md."""
    return "\n".join(_document(lines)) + "\n"


def _document(lines: list[str]) -> Iterator[str]:
    machine = processor.describe()
    yield "# How steady the quick runs are"
    yield ""
    yield (
        "`profile: quick` trains for minutes, so a run's figure moves with its seed, and with the instructions that "
        "the processor has. `python benchmarks/steadiness.py --write` measured this table: each run trained with "
        f"{len(SEEDS)} seeds under {len(INSTRUCTION_SETS)} instruction sets (`ONEDNN_MAX_CPU_ISA`; default: "
        f"{machine['instruction_set']} of {machine['processor']}), on the same split. Lowest to highest accuracy on "
        "the test examples (RMSE for boston_housing). All data but MNIST and Boston housing are synthetic."
    )
    yield ""
    yield from lines
    yield ""
    yield (
        "A run is steady where no training misses its thresholds and the spread of accuracy is at most "
        f"{SPREAD:.2f} (VGG16: {SPREADS['vgg16']:.2f})."
    )


def _reach(values: list[float]) -> str:
    return f"{min(values):.3f} to {max(values):.3f}" if values else ""


if __name__ == "__main__":
    sys.exit(main())
