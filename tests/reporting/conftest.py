"""Plausible results of three runs, as the evaluate stage leaves them."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cnnbench import audit, files
from cnnbench.reporting import leakage

BINARY, DIGITS, HOUSES = "chest_xray-chest_cnn", "mnist-mnist_cnn", "boston_housing-conv1d"

COMMON = {
    "profile": "quick",
    "seed": 0,
    "fold": 0,
    "origin": "made for a test",
    "licence": "CC BY 4.0",
    "citation": "A. Author, A title, 2018",
    "parameters": 11_033_409,
    "epochs_trained": 3,
    "best_epoch": 2,
    "recipe": {"optimizer": "adam", "lr": 0.0005, "schedule": {"name": "constant"}, "epochs": 3, "augmentation": None},
    "published_recipe": {"optimizer": "adam", "lr": 0.0001, "schedule": {"name": "constant"}, "epochs": 25},
    "changed": ["lr: 0.0001 -> 0.0005", "epochs: 25 -> 3"],
}


def png(width: int = 4, height: int = 3) -> bytes:
    """A white picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\xff" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def lines(header: str, rows: list[tuple[Any, ...]]) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def write_run(folder: Path, name: str, metrics: dict[str, Any], **facts: Any) -> Path:
    """Writes a run's folder; every fact of run.json can be given."""
    run = folder / name
    run.mkdir(parents=True)
    dataset, architecture = name.split("-")
    record = {**COMMON, "run": name, "dataset": dataset, "architecture": architecture, **facts}
    (run / "run.json").write_text(json.dumps(record))
    keys = ("value", "low", "high")
    measures = {metric: dict(zip(keys, values, strict=True)) for metric, values in metrics.items()}
    (run / "metrics.json").write_text(json.dumps(measures))
    pictures = ["learning_curves", "true_vs_predicted", "residuals"]
    if record["task"] == "classification":
        pictures = ["learning_curves", "confusion", "roc", "samples"]
        epochs = [(1, 0.7, 0.5, 0.8, 0.55), (2, 0.4, 0.8, 0.5, 0.75), (3, 0.3, 0.9, 0.6, 0.7)]
        (run / "history.csv").write_text(lines("epoch,loss,accuracy,val_loss,val_accuracy", epochs))
        _classes(run, record["classes"])
    else:
        (run / "history.csv").write_text(lines("epoch,loss,val_loss", [(1, 60, 50), (2, 30, 28), (3, 20, 29)]))
    for picture in pictures:
        (run / f"{picture}.png").write_bytes(png())
    return run


def _classes(run: Path, classes: list[str]) -> None:
    cells = [(a, p, 9 if a == p else 1, 0.9 if a == p else 0.1) for a in classes for p in classes]
    (run / "confusion.csv").write_text(lines("actual,predicted,count,share", cells))
    curves = classes[1:] if len(classes) == 2 else [*classes, "macro"]
    points = [(name, *point) for name in curves for point in [(0.0, 0.0, ""), (0.1, 0.8, 0.5), (1.0, 1.0, 0.01)]]
    (run / "roc.csv").write_text(lines("class,fpr,tpr,threshold", points))


def write_three(folder: Path, *, classes: tuple[str, str] = ("normal", "pneumonia")) -> Path:
    """A synthetic binary run, a real one of ten classes and a regression."""
    parts = {"train": 80, "val": 10, "test": 10}
    write_run(
        folder, BINARY, task="classification", classes=list(classes), unit="", title="Chest X-rays",
        source="phantom", synthetic=True, protocol="grouped 8:1:1", input_shape=[96, 96, 3],
        examples={part: 2 * n for part, n in parts.items()},
        counts={part: dict.fromkeys(classes, n) for part, n in parts.items()},
        published_result="test accuracy above 90 %",
        metrics={"accuracy": (0.9, 0.7, 0.97), "roc_auc": (0.95, 0.85, 0.99), "log_loss": (0.3, 0.1, 0.5)},
    )  # fmt: skip
    digits = [str(digit) for digit in range(10)]
    write_run(
        folder, DIGITS, task="classification", classes=digits, unit="", title="MNIST", source="packaged",
        synthetic=False, protocol="image-level 8:1:1", input_shape=[28, 28, 1], published_result="", changed=[],
        examples={part: 10 * n for part, n in parts.items()},
        counts={part: dict.fromkeys(digits, n) for part, n in parts.items()},
        metrics={"accuracy": (0.96, 0.94, 0.975), "roc_auc": (None, None, None)},
    )  # fmt: skip
    write_run(
        folder, HOUSES, task="regression", classes=[], unit="1000 USD", title="Boston housing", source="packaged",
        synthetic=False, protocol="row-level 8:1:1", input_shape=[13, 1], published_result="test RMSE 4.936",
        examples={"train": 404, "val": 51, "test": 51}, counts={}, parameters=24_833,
        metrics={"rmse": (3.8, 2.9, 5.1), "mae": (2.6, 2.1, 3.2), "r2": (0.83, 0.7, 0.9)},
    )  # fmt: skip
    return folder


def split(dataset: str) -> pd.DataFrame:
    """A split of twelve examples: of chest_xray one that leaks in every way, with names that a publisher may give."""
    parts = ["train"] * 8 + ["val"] * 2 + ["test"] * 2
    frame = pd.DataFrame({"id": [f"{dataset}/{n:02}" for n in range(12)], "label": [0.0, 1.0] * 6, "split": parts})
    frame["sha256"] = frame["group"] = frame["id"]
    frame = frame.assign(part="", near="", protocol="grouped", dropped="")
    if dataset == "chest_xray":
        frame = frame.assign(part=["train"] * 9 + ["test"] * 3, protocol="image-level")
        frame.loc[[0, 11], "sha256"] = "copy"
        frame.loc[[1, 2, 9], "near"] = "alike"
        frame.loc[[3, 4, 10], "group"] = "patient"
        frame.loc[5, ["id", "dropped", "split"]] = ["<script>alert(1)</script>.png", "unreadable: <b>|*x*", ""]
    return frame


def write_audits(folder: Path) -> Path:
    """The audits of the three data sets, and one of a data set that no run uses."""
    for dataset in ("boston_housing", "chest_xray", "mnist", "unused"):
        found = audit.audit(split(dataset), "report")
        files.write_json(folder / f"{dataset}.leakage.json", found.model_dump())
    return folder


@pytest.fixture
def splits(tmp_path: Path) -> Path:
    """A folder with the audits."""
    return write_audits(tmp_path / "data" / "splits")


@pytest.fixture
def audits(splits: Path) -> dict[str, audit.Audit]:
    """The audits of the three runs' data sets."""
    return leakage.load(splits, ["boston_housing", "chest_xray", "mnist"])


@pytest.fixture
def write() -> Callable[..., Path]:
    """`write_run`, for tests that need a run of their own."""
    return write_run


@pytest.fixture
def three() -> Callable[..., Path]:
    """`write_three`, for tests that choose the classes."""
    return write_three


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with the three runs."""
    return write_three(tmp_path / "reports" / "runs")
