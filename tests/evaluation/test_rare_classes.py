"""A test part that lacks a class, as a turned fold of a rare one does: defined and said, without a warning."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from run_record import record
from sklearn.metrics import precision_score

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import evaluate
from cnnbench.evaluation.scoring import ScoredPart

HISTORY = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5], "val_loss": [1.0, 0.7]})


def evaluated(folder, k, tested, validated):
    """The metrics where the test and the validation part hold these labels, and the scores of the test part."""
    rng = np.random.default_rng(0)

    def scored(labels):
        inputs = rng.integers(0, 256, (len(labels), 8, 8, 3), np.uint8)
        ids = np.array([f"id{i:03}" for i in range(len(labels))])
        return ScoredPart(Part(ids, ids, np.array(labels), inputs), rng.dirichlet(np.ones(k), len(labels)))

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(9, 3), keras.layers.Flatten(), keras.layers.Dense(k, "softmax")]
    network = keras.Sequential([keras.Input((8, 8, 3)), *layers])
    classes = [f"c{c}" for c in range(k)]
    counts = {part: {name: tested.count(c) for c, name in enumerate(classes)} for part in ("train", "val", "test")}
    training = record("net", classes=classes, counts=counts, examples=dict.fromkeys(counts, len(tested)))
    test = scored(tested)
    metrics, _ = evaluate.evaluate(folder, training, "", network, test, scored(validated), HISTORY)
    return metrics, test.scores, evaluate.describe(training, metrics)


def test_a_class_without_test_examples_is_left_out_of_the_means_and_said(tmp_path):
    labels = [0, 1] * 20
    metrics, scores, said = evaluated(tmp_path, 4, labels, [0, 1, 2, 3] * 5)
    predicted = scores.argmax(axis=1)
    recalls = [np.mean(predicted[np.array(labels) == c] == c) for c in (0, 1)]
    assert metrics["balanced_accuracy"].value == pytest.approx(np.mean(recalls))
    assert np.isfinite(metrics["roc_auc"].value)
    assert said.splitlines()[1].startswith("No test example of c2, c3: left out of the means over classes;")
    assert metrics["precision_macro"].value == pytest.approx(
        precision_score(labels, predicted, average="macro", zero_division=0)
    )
    table = pd.read_csv(tmp_path / "per_class.csv").set_index("class")
    assert table["n"].tolist() == [20, 20, 0, 0]
    assert table.loc[["c2", "c3"], ["recall", "roc_auc"]].isna().all(axis=None)
    assert "c2" not in set(pd.read_csv(tmp_path / "roc.csv")["class"])


def test_a_class_without_validation_examples_is_no_error(tmp_path):
    metrics, _, said = evaluated(tmp_path, 3, [0, 1, 2] * 10, [0, 0, 1, 1])
    assert np.isfinite(metrics["log_loss_calibrated"].value)
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("only", [0, 1])
def test_of_two_classes_one_alone_leaves_areas_and_the_other_rate_undefined(tmp_path, only):
    metrics, _, said = evaluated(tmp_path, 2, [only] * 12, [0, 1] * 6)
    rates = [metrics[f"{name}_at_threshold"] for name in ("specificity", "sensitivity")]
    assert np.isfinite(rates[only].value)
    assert np.isnan(rates[1 - only]).all()
    assert np.isnan(metrics["roc_auc"].value)
    stored = json.loads((tmp_path / "metrics.json").read_text())
    assert stored["roc_auc"] == {"value": None, "low": None, "high": None, "of": "c1"}
    assert f"No test example of c{1 - only}: left out" in said
