"""Are the phantoms hard enough? Logistic regression on pixels against each run's network, on the same test examples.

Run it after `make bench`: `python benchmarks/phantoms.py`. A phantom is hard enough where the network's ROC AUC is at
least 0.08 above the linear model's and the lower end of its accuracy's interval is above chance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.data import images
from cnnbench.data.records import reader, schema
from cnnbench.data.records.reader import Part
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

SIDE = 32  # pixels; larger images are scaled down for the linear model


def flatten_pixels(inputs: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Rows of pixels in 0..1, shape (n, pixels * channels)."""
    small = [images.resize(image, (min(SIDE, image.shape[0]),) * 2) for image in inputs]
    return np.stack(small).reshape(len(small), -1) / 255


def measure_auc(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """Macro one-vs-rest ROC AUC; for two classes, that of class 1."""
    return measure(Predictions(labels, scores), draws=0)["roc_auc"].value


def measure_linear_auc(train: Part, val: Part, test: Part) -> float:
    """Test ROC AUC of a logistic regression, with the regularisation of best validation AUC."""
    x, y = flatten_pixels(train.inputs), train.labels
    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000)).fit(x, y)
        for strength in (1e-5, 1e-3, 1e-1)
    ]
    best = max(models, key=lambda model: measure_auc(val.labels, model.predict_proba(flatten_pixels(val.inputs))))
    return measure_auc(test.labels, best.predict_proba(flatten_pixels(test.inputs)))


def main() -> None:
    """Prints a row per run."""
    knobs = config.load()
    runtime.configure("cpu", knobs.threads, 0)
    metrics = files.read_json(Path("reports/metrics.json"))
    table = Table("run", "linear AUC", "network AUC", "difference", "accuracy from", "chance", "hard enough")
    for name, run in knobs.runs.items():
        if knobs.data(run.dataset).source.name != "phantom":
            continue
        folder = Path("data/records", run.dataset)
        records = schema.read(folder)
        folds = records.parts(knobs.split, run.fold)
        train, val, test = (reader.load(folder, records, folds[part]) for part in ("train", "val", "test"))
        baseline = measure_linear_auc(train, val, test)
        network = metrics[name]["roc_auc"]["value"]
        low, chance = metrics[name]["accuracy"]["low"], np.bincount(test.labels).max() / len(test.labels)
        hard = network - baseline >= 0.08 and low > chance
        cells = (baseline, network, network - baseline, low, chance)
        table.add_row(name, *(f"{cell:.3f}" for cell in cells), "yes" if hard else "NO")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
