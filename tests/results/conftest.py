"""Results of small runs in a temporary folder, as the pipeline leaves them."""

import numpy as np
import pandas as pd
import pytest
from repeated import write_run
from run_folders import write_three

from cnnbench.core import files
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

CLASSES = ["a", "b", "c"]


class Results:
    """A reports folder to which runs are added."""

    def __init__(self, folder):
        self.folder = folder
        self.metrics = {}

    def classifier(self, run, wrong, *, n=200, groups=None, ids="x", **about):
        """A run that is wrong on its first so many examples."""
        labels = np.arange(n) % len(CLASSES)
        scores = np.full((n, len(CLASSES)), 0.1)
        scores[np.arange(n), (labels + (np.arange(n) < wrong)) % len(CLASSES)] = 0.8
        columns = {f"score_{index}": scores[:, index] for index in range(len(CLASSES))}
        found = measure(Predictions(labels, scores))
        self._write(run, found, {"label": labels, **columns}, groups, ids, CLASSES, **about)

    def regressor(self, run, error, *, n=100, **about):
        """A run that is off by draws of so large a deviation."""
        labels = np.linspace(0, 10, n)
        predicted = labels + np.random.default_rng(1).normal(0, error, n)
        found = measure(Predictions(labels, predicted))
        self._write(run, found, {"label": labels, "prediction": predicted}, None, "x", [], **about)

    def _write(self, run, found, columns, groups, ids, classes, **about):
        names = [f"{ids}{index:04d}" for index in range(len(columns["label"]))]
        frame = pd.DataFrame({"id": names, "group": names if groups is None else groups, **columns})
        place = write_run(self.folder / "runs", run, frame, classes=classes, **about)
        self.metrics[run] = found
        files.write_json(place / "metrics.json", as_json(found))
        files.write_json(self.folder / "metrics.json", {name: as_json(one) for name, one in self.metrics.items()})


def as_json(metrics):
    return {name: estimate._asdict() for name, estimate in metrics.items()}


@pytest.fixture
def results(tmp_path):
    """Makes reports folders by name."""
    return lambda name: Results(tmp_path / name)


@pytest.fixture
def runs(tmp_path):
    """A folder with three runs: of two classes, of ten, and a regression."""
    return write_three(tmp_path / "reports" / "runs")
