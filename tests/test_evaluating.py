"""What an evaluation writes into a run's folder."""

import json

import numpy as np
import pandas as pd
import pytest

from cnnbench import evaluating
from cnnbench.batches import Part
from cnnbench.evaluation import classification, regression

HISTORY = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5], "val_loss": [1.0, 0.7]})


def part(labels):
    n = len(labels)
    groups = [f"p{i // 2}" for i in range(n)]
    ids = np.array([f"id{i}" for i in range(n)])
    return Part(ids, np.array(groups), np.asarray(labels), np.zeros((n, 4, 4, 3), np.uint8))


def about(k):
    task = "classification" if k else "regression"
    classes = [f"c{c}" for c in range(k)]
    return {"task": task, "classes": classes, "unit": "m", "recipe": {"sensitivity": None}, "flops": 12}


@pytest.mark.parametrize("k", [2, 3])
def test_a_classifier(k, tmp_path):
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, k, 40), rng.dirichlet(np.ones(k), 40)
    watched = (labels, scores) if k == 2 else None
    found = evaluating.evaluate(tmp_path, about(k), part(labels), scores, HISTORY, watched)
    stored = json.loads((tmp_path / "metrics.json").read_text())
    at_threshold = [f"{name}_at_threshold" for name in ("accuracy", "balanced_accuracy", "sensitivity", "specificity")]
    assert list(stored) == list(found) == [*classification.names(k), *(at_threshold if k == 2 else [])]
    assert json.loads((tmp_path / "run.json").read_text())["flops"] == 12
    table = pd.read_csv(tmp_path / "per_class.csv")
    assert table["class"].tolist() == [f"c{c}" for c in range(k)]
    assert {"f1", "f1_low", "f1_high", "specificity", "average_precision_high"} <= set(table)
    bins = pd.read_csv(tmp_path / "reliability.csv")
    assert list(bins) == ["low", "high", "n", "score", "right"]
    assert (len(bins), bins["n"].sum()) == (15, 40)
    assert (tmp_path / "reliability.png").stat().st_size > 1000


def test_a_regression_has_no_classes(tmp_path):
    targets = np.random.default_rng(0).normal(size=20)
    evaluating.evaluate(tmp_path, about(0), part(targets), targets[:, None] + 0.1, HISTORY)
    assert list(json.loads((tmp_path / "metrics.json").read_text())) == list(regression.NAMES)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(("per_class", "reliability"))]


def test_an_evaluation_repeats_itself_byte_for_byte(tmp_path):
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 30), rng.dirichlet(np.ones(2), 30)
    for turn in ("a", "b"):
        evaluating.evaluate(tmp_path / turn, about(2), part(labels), scores, HISTORY, (labels, scores))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
