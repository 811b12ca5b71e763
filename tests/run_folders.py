"""Synthetic folders of runs, with every table and picture, as the evaluate stage leaves them, and of audits."""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from run_record import run_json

from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.metrics import per_class
from cnnbench.report import leaderboard
from cnnbench.report.overview import Overview, compile_overview
from cnnbench.results import run_result
from cnnbench.results.line import ENDS

BINARY, DIGITS, HOUSES = "chest_xray-chest_cnn", "mnist-mnist_cnn", "boston_housing-conv1d"

DRAWN = ("learning_curves", "confusion", "roc", "reliability", "true_vs_predicted", "residuals")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" viewBox="0 0 40 30"><path d="M0 0L40 30"/></svg>'

COUNTS = {"train": 160, "val": 20, "test": 20}  # of each class where repeats are written
COMMON = {
    "origin": "made for a test",
    "licence": "CC BY 4.0",
    "citation": "A. Author, A title, 2018",
    "parameters": 11_033_409,
    "recipe": {"optimizer": "adam", "lr": 0.0005, "schedule": {"name": "constant"}, "epochs": 3, "augmentation": None},
    "published_recipe": {"optimizer": "adam", "lr": 0.0001, "schedule": {"name": "constant"}, "epochs": 25},
    "changed": ["lr: 0.0001 -> 0.0005", "epochs: 25 -> 3"],
    "temperature": 1.25,
}


def png(width: int = 4, height: int = 3) -> bytes:
    """A white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def lines(header: str, rows: list[tuple[Any, ...]]) -> str:
    return leaderboard.table(header.split(","), rows)


def write_run(folder: Path, name: str, metrics: dict[str, Any], right: float = 0.9, **facts: Any) -> Path:
    """Writes a run's folder, with predictions of which this share is right; every fact of run.json can be given."""
    run = folder / name
    run.mkdir(parents=True)
    dataset, architecture = name.split("-")[:2]
    record = run_json(name, **COMMON | {"dataset": dataset, "architecture": architecture} | facts)
    (run / "run.json").write_text(json.dumps(record))
    keys = ("value", "low", "high")
    measures = {metric: dict(zip(keys, values, strict=True)) for metric, values in metrics.items()}
    (run / "metrics.json").write_text(json.dumps(measures))
    predictions(record, right).to_parquet(run / "predictions.parquet", index=False)
    pictures = ["learning_curves", "true_vs_predicted", "residuals"]
    if record["task"] == "classification":
        pictures = ["learning_curves", "confusion", "roc", "reliability"]
        pictures += ["classes", "samples", "mistakes", "grad_cam", "feature_maps"]
        epochs = [(1, 0.7, 0.5, 0.8, 0.55), (2, 0.4, 0.8, 0.5, 0.75), (3, 0.3, 0.9, 0.6, 0.7)]
        (run / "history.csv").write_text(lines("epoch,loss,accuracy,val_loss,val_accuracy", epochs))
        _classes(run, record["classes"])
    else:
        (run / "history.csv").write_text(lines("epoch,loss,val_loss", [(1, 60, 50), (2, 30, 28), (3, 20, 29)]))
    for picture in pictures:
        if picture in DRAWN:
            (run / f"{picture}.svg").write_text(SVG)
        else:
            (run / f"{picture}.png").write_bytes(png())
    layers = [("conv2d", "Conv2D", "26x26x32", 320), ("dense", "Dense", "10", 11_033_089)]
    (run / "layers.csv").write_text(lines("layer,type,output_shape,parameters", layers))
    return run


def _classes(run: Path, classes: list[str]) -> None:
    cells = [(a, p, 9 if a == p else 1, 0.9 if a == p else 0.1) for a in classes for p in classes]
    (run / "confusion.csv").write_text(lines("actual,predicted,count,share", cells))
    curves = classes[1:] if len(classes) == 2 else [*classes, "macro"]
    curve = [(0.0, 0.0, "", 0.0, 0.2), (0.1, 0.8, 0.5, 0.6, 0.9), (1.0, 1.0, 0.01, 0.8, 1.0)]
    points = [(name, *point) for name in curves for point in curve]
    (run / "roc.csv").write_text(lines("class,fpr,tpr,threshold,tpr_low,tpr_high", points))
    wrong = [(f"{run.name}/{n:02}.png", classes[0], classes[1], 0.01, 0.99 - n / 100) for n in range(25)]
    (run / "mistakes.csv").write_text(lines("id,actual,predicted,score_actual,score_predicted", wrong))
    header = ["class", "n", *(f"{name}{end}" for name in per_class.NAMES for end in ENDS)]
    (run / "per_class.csv").write_text(lines(",".join(header), [(name, 10, *[0.75, 0.5, ""] * 6) for name in classes]))


def predictions(record: dict[str, Any], right: float) -> pd.DataFrame:
    """Of a run: examples of its fold, each its own group; the same labels whatever the network and the seed."""
    n, classes, fold = record["examples"]["test"], len(record["classes"]), record["fold"]
    rng = np.random.default_rng([record["seed"], fold, *record["architecture"].encode()])
    frame = pd.DataFrame({"id": [f"{record['dataset']}/{fold}/{i:03}" for i in range(n)]})
    frame["group"] = frame["id"]
    frame["twin"] = np.arange(n) < record.get("twins", 0)
    if not classes:
        labels = 20 + 5 * np.sin(np.arange(n))
        return frame.assign(label=labels, prediction=labels + rng.normal(0, 1 + 10 * (1 - right), n))
    labels = np.arange(n) % classes
    guessed = np.where(rng.permutation(n) < round(right * n), labels, (labels + 1) % classes)
    scores = 0.2 / classes + 0.8 * np.eye(classes)[guessed]
    return frame.assign(label=labels, **{f"score_{index}": scores[:, index] for index in range(classes)})


def write_three(folder: Path, *, classes: tuple[str, str] = ("normal", "pneumonia")) -> Path:
    """A synthetic binary run, a real one of ten classes and a regression."""
    parts = {"train": 80, "val": 10, "test": 10}
    write_run(
        folder, BINARY, task="classification", classes=list(classes), unit="", title="Chest X-rays",
        source="phantom", synthetic=True, protocol="grouped 8:1:1", input_shape=[96, 96, 3],
        examples={part: 2 * n for part, n in parts.items()},
        counts={part: dict.fromkeys(classes, n) for part, n in parts.items()},
        published_result={"metric": "accuracy", "value": 0.9, "is": "above", "text": "test accuracy above 90 %"},
        metrics={"accuracy": (0.9, 0.7, 0.97), "roc_auc": (0.95, 0.85, 0.99), "log_loss": (0.3, 0.1, 0.5),
                 "ece": (0.08, 0.04, 0.12), "ece_calibrated": (0.03, 0.01, 0.06)},
    )  # fmt: skip
    digits = [str(digit) for digit in range(10)]
    write_run(
        folder, DIGITS, task="classification", classes=digits, unit="", title="MNIST", source="packaged",
        synthetic=False, protocol="image-level 8:1:1", input_shape=[28, 28, 1], published_result=None, changed=[],
        examples={part: 10 * n for part, n in parts.items()},
        counts={part: dict.fromkeys(digits, n) for part, n in parts.items()},
        metrics={"accuracy": (0.96, 0.94, 0.975), "roc_auc": (None, None, None)},
    )  # fmt: skip
    write_run(
        folder, HOUSES, task="regression", classes=[], unit="1000 USD", title="Boston housing", source="packaged",
        synthetic=False, protocol="row-level 8:1:1", input_shape=[13, 1],
        published_result={"metric": "rmse", "value": 4.936, "text": "test RMSE 4.936"},
        examples={"train": 404, "val": 51, "test": 51}, counts={}, parameters=24_833,
        metrics={"rmse": (3.8, 2.9, 5.1), "mae": (2.6, 2.1, 3.2), "r2": (0.83, 0.7, 0.9)},
    )  # fmt: skip
    return folder


def write_repeats(folder: Path) -> Path:
    """Two networks on one data set, the first by far the better: three seeds of two folds each, and a seed with one."""
    shared = {
        "task": "classification", "classes": ["benign", "malignant"], "unit": "", "title": "Skin", "source": "phantom",
        "synthetic": True, "protocol": "grouped 8:1:1", "input_shape": [64, 64, 3], "published_result": None,
        "examples": {"train": 320, "val": 40, "test": 40}, "flops": 12_345_678,
        "counts": {part: dict.fromkeys(["benign", "malignant"], n) for part, n in COUNTS.items()},
    }  # fmt: skip
    for network, right in (("skin_cnn", 0.95), ("plain_cnn", 0.6)):
        for seed in (0, 1, 2):
            for fold in (0, 1):
                name = f"skin_cancer-{network}" + (f"-s{seed}-f{fold}" if seed or fold else "")
                metrics = {"accuracy": (right, right - 0.1, min(right + 0.1, 1)), "roc_auc": (right, 0.5, 1.0)}
                write_run(folder, name, metrics, right - 0.05 * seed, seed=seed, fold=fold, **shared)
    write_run(folder, "skin_cancer-skin_cnn-s3-f0", {"accuracy": (0.5, 0.4, 0.6)}, 0.5, seed=3, **shared)
    return folder


def _split(dataset: str) -> pd.DataFrame:
    """A split of twelve examples: of chest_xray one that leaks in every way, with names that a publisher may give."""
    parts = ["train"] * 8 + ["val"] * 2 + ["test"] * 2
    frame = pd.DataFrame({"id": [f"{dataset}/{n:02}" for n in range(12)], "label": [0.0, 1.0] * 6, "split": parts})
    frame["sha256"] = frame["group"] = frame["id"]
    frame = frame.assign(part="", near="", protocol="grouped", dropped="", warning="")
    if dataset == "chest_xray":
        frame = frame.assign(part=["train"] * 9 + ["test"] * 3, protocol="image-level")
        frame.loc[[0, 11], "sha256"] = "copy"
        frame.loc[[1, 2, 9], "near"] = "alike"
        frame.loc[[3, 4, 10], "group"] = "patient"
        frame.loc[5, ["id", "dropped", "split"]] = ["<script>alert(1)</script>.png", "unreadable: <b>|*x*", ""]
    return frame


_DOT = "R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw=="  # an image of one pixel
PAIRS = tuple(
    leakage.Pair(
        test=f"chest_xray/{11 - n:02}", seen="<i>.png", part="train", labels=("normal", "<b>"),
        bits=n or None, pictures=(_DOT, _DOT),
    )
    for n in range(7)
)  # fmt: skip


AUDITED = ("boston_housing", "chest_xray", "mnist", "skin_cancer")  # of `write_three` and of `write_repeats`


def write_audits(folder: Path, datasets: tuple[str, ...] = AUDITED) -> Path:
    """The audits of data sets."""
    for dataset in datasets:
        found = leakage.audit(_split(dataset), "report")
        files.write_json(folder / f"{dataset}.leakage.json", found.model_dump())
    return folder


def write_everything(folder: Path) -> tuple[Path, Path]:
    """All of the above; returns the folders with the runs and with the audits."""
    return write_three(write_repeats(folder / "runs")), write_audits(folder / "splits")


def overview_of(runs: Path) -> Overview:
    """The overview of the runs of a folder."""
    return compile_overview(run_result.load(runs))
