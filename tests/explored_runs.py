"""Runs whose predictions, tables and sheet of mistakes agree, for what a reader of the page may try."""

from pathlib import Path

import numpy as np
import pandas as pd
from run_folders import write_run

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import mistakes, run_tables
from cnnbench.metrics import curves

N = 90
FIRST, SECOND, THREE, HOUSES = "skin-a_cnn", "skin-b_cnn", "shapes-c_cnn", "boston_housing-conv1d"
AGAIN = f"{HOUSES}-s1"


def write(folder: Path) -> Path:
    """Two networks on one data set of two classes with patients, one of three classes, and a regression, twice."""
    skin = {"threshold": 0.4, "temperature": 1.5, "examples": {"train": 720, "val": 90, "test": N}}
    _classifier(folder, FIRST, ["benign", "malignant"], 1.2, **skin)
    _classifier(folder, SECOND, ["benign", "malignant"], 0.6, architecture="b_cnn", seed=3, **skin)
    _classifier(folder, THREE, ["disc", "<b>ring</b>", "square"], 1.0, examples={"train": 720, "val": 90, "test": N})
    for name, seed in ((HOUSES, 0), (AGAIN, 1)):
        facts = {"task": "regression", "classes": [], "input_shape": [13, 1], "counts": {}, "seed": seed}
        write_run(folder, name, {"rmse": (3.8, 2.9, 5.1)}, **facts)
    return folder


def scores_of(run: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores of a run."""
    frame = pd.read_parquet(run / "predictions.parquet")
    names = [name for name in frame if name.startswith("score_")]
    return frame["label"].to_numpy(), frame[names].to_numpy()


def _classifier(folder: Path, name: str, classes: list[str], skill: float, **facts: object) -> None:
    counts = {part: dict.fromkeys(classes, 30) for part in ("train", "val", "test")}
    metrics = {"accuracy": (0.8, 0.7, 0.9), "roc_auc": (0.85, 0.75, 0.95)}
    run = write_run(folder, name, metrics, classes=classes, task="classification", counts=counts, **facts)
    rng = np.random.default_rng(list(name.encode()))
    k, labels = len(classes), np.arange(N) % len(classes)
    logits = rng.normal(size=(N, k)) + skill * np.eye(k)[labels]
    scores = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)
    ids = np.array([f"{name.split('-')[0]}/{index:02}.png" for index in range(N)])
    groups = np.array([f"patient {index // 3}" for index in range(N)])
    images = np.random.default_rng(0).integers(0, 256, (N, 12, 8, 3), np.uint8)
    part = Part(ids, groups, labels, images)
    run_tables.write_predictions(run, part, run_tables.score_columns(scores))
    kept = mistakes.choose(part, scores)
    run_tables.write_csv(mistakes.table(part, scores, classes, kept), run / "mistakes.csv")
    mistakes.write_sheet(run / "mistakes.webp", images, kept)
    matrix = curves.confusion(labels, scores.argmax(axis=1), k)
    cells = [(a, p, matrix[i, j], 0.5) for i, a in enumerate(classes) for j, p in enumerate(classes)]
    run_tables.write_csv(pd.DataFrame(cells, columns=["actual", "predicted", "count", "share"]), run / "confusion.csv")
