"""A repository with digits and houses of few examples, short recipes, and no MLflow."""

import os
import shutil
from types import SimpleNamespace

import pytest
from toys import SHIPPED

from cnnbench import cli, tracking

# of digits and houses; each layer of an augmentation would cost seconds
SHORT = "search: {augmentation: null}\n    quick: {epochs: 3, batch_size: 64"
SLOW = "lr: 1.0e-5\n      schedule: {name: constant}\n      loss: mse"


class Tracked:
    """In place of MLflow: what a search tells it."""

    trials: list = []  # noqa: RUF012 - a fixture empties it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def start_trial(self, plan, settings, study, number):
        self.trials.append(SimpleNamespace(plan=plan, study=study, number=number, epochs=[], end=None))

    def log_epoch(self, row):
        self.trials[-1].epochs.append(row["epoch"])

    def finish_trial(self, state, figures):
        self.trials[-1].end = state, figures


@pytest.fixture
def tracked(monkeypatch):
    Tracked.trials = []
    monkeypatch.setattr(tracking, "Tracker", Tracked)
    return Tracked


@pytest.fixture
def repository(tmp_path, monkeypatch, digits, housing, tracked):
    """A working directory with params.yaml and the records."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dvc").mkdir()
    for name, records in {"mnist": digits.records, "boston_housing": housing.records}.items():
        shutil.copytree(records, tmp_path / "data/records" / name, copy_function=os.link)
    text = SHIPPED.read_text().replace("    quick: {lr: null, epochs: null, batch_size: null", f"    {SHORT}")
    below = "    quick:\n      lr:\n      epochs:\n      batch_size:\n      schedule: "
    text = text.replace(below + "{name: cosine}", f"    {SHORT}, schedule: {{name: cosine}}}}")
    start = text.index("    tuned:", text.index("  boston_housing-conv1d:"))
    # a rate that is too low, and no tuned recipe yet
    recipe = text[:start].replace("lr: 1.0e-3\n      schedule: {name: constant}\n      loss: mse", SLOW)
    text = recipe + text[text.index("    search:", start) :]
    assert text.count(SHORT) == 2
    assert text.count(SLOW) == 1
    (tmp_path / "params.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def tune(repository, capsys):
    """Types `cnnbench tune`; returns what it prints."""

    def type_in(*arguments, code=0):
        assert cli.main(["tune", *arguments]) == code
        out, err = capsys.readouterr()
        return out if not code else err

    return type_in
