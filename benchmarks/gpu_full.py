"""Trainings of phantoms at full size by the stages of the pipeline, twice each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from cnnbench.core import files, markdown

ROOT = Path(__file__).parent.parent
RUNS = ("chest_xray-chest_cnn", "brain_tumor-vgg16", "patch_camelyon-pcam_cnn")
EXAMPLES, EPOCHS = 2_000, 2


def table(backends: list[str]) -> str:
    """Trains each run with each backend, at the published size, and returns a table."""
    rows = []
    for run in RUNS:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            dataset = _write_params(folder, run, backends[0])
            for name in ("download", "split", "cache"):
                _stage(name, dataset, folder)
            for backend in backends:
                _write_params(folder, run, backend)
                found = [_train(run, folder) for _ in range(2)]
                same = "yes" if found[0]["sha256"] == found[1]["sha256"] else "NO"
                seconds = [f"{one['seconds']:.0f}" for one in found]
                rows.append([backend, run, *seconds, f"{found[0]['accuracy']:.3f}", same])
    header = ["backend", "run", ">seconds", ">again", ">test accuracy", "same bits"]
    title = f"{EXAMPLES:,} phantoms, {EPOCHS} epochs; seconds of train and evaluate\n"
    return "\n".join([title, *markdown.table(header, rows)])


def _write_params(folder: Path, run: str, backend: str) -> str:
    """Writes the params.yaml of a run, and returns the name of its data set."""
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    dataset: str = content["runs"][run]["dataset"]
    definition = content["datasets"][dataset]
    definition["full"] |= {"source": "phantom", "examples": EXAMPLES, "split": {"near_copies": "ignore"}}
    content |= {"profile": "full", "backend": backend, "epochs": EPOCHS, "features": {}, "thresholds": {}}
    content |= {"datasets": {dataset: definition}, "runs": {run: content["runs"][run]}}
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(content, file)
    return dataset


def _train(run: str, folder: Path) -> dict[str, Any]:
    """Trains and evaluates."""
    started = time.perf_counter()
    for name in ("train", "evaluate"):
        _stage(name, run, folder)
    seconds = time.perf_counter() - started
    metrics = json.loads((folder / f"reports/metrics/{run}.json").read_text())
    digest = files.sha256(folder / "models" / run / "model.keras")
    print(f"{run}: {seconds:.0f} s", flush=True)
    return {"seconds": seconds, "sha256": digest, "accuracy": metrics[run]["accuracy"]}


def _stage(name: str, argument: str, folder: Path) -> None:
    store = f"sqlite:///{folder / 'mlflow.db'}"
    found = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": found, "PYTHONHASHSEED": "0", "MLFLOW_TRACKING_URI": store}
    command = [sys.executable, str(ROOT / "stages" / f"{name}.py"), argument]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"error: stage {name} of {argument}: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
