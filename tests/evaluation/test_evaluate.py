"""What an evaluation writes into a run's folder."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from run_record import record

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import evaluate, examples
from cnnbench.evaluation.scoring import ScoredPart
from cnnbench.metrics import calibration, lookup
from cnnbench.metrics.intervals.bootstrap import Estimate

HISTORY = pd.DataFrame({"epoch": [1, 2], "loss": [1.0, 0.5], "val_loss": [1.0, 0.7]})
TABLES = {"metrics.json", "history.csv", "predictions.parquet", "layers.csv"}
CLASSES = {"confusion.csv", "roc.csv", "per_class.csv", "reliability.csv", "validation.csv", "mistakes.csv"}
LINES = {"learning_curves", "confusion", "roc", "reliability"}
PIXELS = {"classes.png", "samples.png", "mistakes.png", "grad_cam.png", "feature_maps.png"}
SHEET = {"mistakes.webp"}


def drawn(names):
    return {f"{name}.svg" for name in names}


def part(labels, images=True):
    n = len(labels)
    rng = np.random.default_rng(1)
    groups = [f"p{i // 2}" for i in range(n)]
    ids = np.array([f"id{i:03}" for i in range(n)])
    inputs = rng.integers(0, 256, (n, 8, 8, 3), np.uint8) if images else rng.normal(size=(n, 5, 1)).astype(np.float32)
    return Part(ids, np.array(groups), np.asarray(labels), inputs)


def evaluated(folder, network, rows, scores):
    """The metrics of answers, and what they choose, as if validation examples had the same."""
    answers = ScoredPart(rows, scores)
    training = record(classes=[f"c{c}" for c in range(scores.shape[1])] if scores.shape[1] > 1 else [])
    return evaluate.evaluate(folder, training, "m", network, answers, answers, HISTORY)


@pytest.fixture
def network():
    """A convolution and a head; what it says matters to pictures alone."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(9, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    return keras.Sequential([keras.Input((8, 8, 3)), *layers])


def guessed(folder, network, k=3, n=40, seed=0):
    """An evaluation of random answers, and they."""
    rng = np.random.default_rng(seed)
    labels, scores = rng.integers(0, k, n), rng.dirichlet(np.ones(k), n)
    return labels, scores, *evaluated(folder, network, part(labels), scores)


@pytest.mark.parametrize("k", [2, 3])
def test_a_classifier(k, network, tmp_path):
    labels, scores, found, chosen = guessed(tmp_path, network, k)
    assert {path.name for path in tmp_path.iterdir()} == TABLES | CLASSES | drawn(LINES) | PIXELS | SHEET
    stored = json.loads((tmp_path / "metrics.json").read_text())
    expected = ("threshold", "temperature") if k == 2 else ("temperature",)
    assert list(stored) == list(found) == [row.name for row in lookup.rows(k, expected)]
    assert sum(name.endswith("_at_threshold") for name in stored) == (4 if k == 2 else 0)
    assert chosen["temperature"] == calibration.fit_temperature(labels, scores) != 1
    assert ("threshold" in chosen) is (k == 2)
    table = pd.read_csv(tmp_path / "per_class.csv")
    assert table["class"].tolist() == [f"c{c}" for c in range(k)]
    assert {"f1", "f1_low", "f1_high", "specificity", "average_precision_high"} <= set(table)
    bins = pd.read_csv(tmp_path / "reliability.csv")
    assert list(bins) == ["low", "high", "n", "score", "right"]
    assert (len(bins), bins["n"].sum()) == (15, 40)
    watched = pd.read_csv(tmp_path / "validation.csv")
    assert list(watched) == ["label", *(f"score_{c}" for c in range(k))]
    assert watched["label"].tolist() == labels.tolist()
    assert watched.iloc[:, 1:].to_numpy() == pytest.approx(scores, rel=1e-5)
    assert {"tpr_low", "tpr_high"} <= set(pd.read_csv(tmp_path / "roc.csv"))
    assert pd.read_csv(tmp_path / "layers.csv")["parameters"].sum() == network.count_params()
    for name in PIXELS:
        with Image.open(tmp_path / name) as image:
            assert 400 < image.width < 1200, name


def test_a_regression_has_no_classes(network, tmp_path):
    targets = np.random.default_rng(0).normal(size=20)
    rows = part(targets, images=False)
    _, chosen = evaluated(tmp_path, network, rows, targets[:, None] + 0.1)
    assert list(json.loads((tmp_path / "metrics.json").read_text())) == [row.name for row in lookup.rows(0)]
    wanted = TABLES | drawn({"learning_curves", "true_vs_predicted", "residuals"})
    assert {path.name for path in tmp_path.iterdir()} == wanted
    assert chosen == {}


def test_without_mistakes_there_is_no_picture_of_them_and_an_empty_table(network, tmp_path):
    labels = np.arange(30) % 3
    scores = np.eye(3)[labels] * 0.7 + 0.1
    evaluated(tmp_path, network, part(labels), scores)
    assert {path.name for path in tmp_path.glob("*.png")} & PIXELS == PIXELS - {"mistakes.png"}
    assert not (tmp_path / "mistakes.webp").exists()
    assert (tmp_path / "mistakes.csv").read_text() == "id,actual,predicted,score_actual,score_predicted\n"


def test_a_network_that_diverged_or_is_never_right_is_drawn_too(network, tmp_path):
    labels = np.arange(12) % 3
    chosen = {}
    for name, scores in (("nan", np.full((12, 3), np.nan)), ("never", np.eye(3)[(labels + 1) % 3])):
        _, chosen[name] = evaluated(tmp_path / name, network, part(labels), scores)
        assert (tmp_path / name / "feature_maps.png").exists()
    assert not (tmp_path / "nan" / "grad_cam.png").exists()
    assert (tmp_path / "never" / "grad_cam.png").exists()
    assert chosen["nan"]["temperature"] == 1


def test_a_network_without_convolutions_is_not_looked_into(tmp_path):
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    guessed(tmp_path, flat)
    assert {path.name for path in tmp_path.glob("*.png")} & PIXELS == {"classes.png", "samples.png", "mistakes.png"}


def test_an_evaluation_repeats_itself_byte_for_byte(network, tmp_path):
    for turn in ("a", "b"):
        guessed(tmp_path / turn, network, k=2, n=30)
    assert len(list((tmp_path / "a").iterdir())) == 20
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(("classes", "each"), [(2, 4), (10, 2), (30, 1)])
def test_of_every_class_some_examples_are_shown(classes, each):
    labels = np.arange(6 * classes) % classes
    shown = labels[examples._sample_classes(np.random.default_rng(0).permutation(len(labels)), labels)]
    assert shown.tolist() == np.repeat(np.arange(classes), each).tolist()


def test_what_dvc_shows_of_a_run_is_its_headline_metric_in_six_decimals():
    metrics = {"rmse": Estimate(2 / 3, 0.5, 1.25), "mae": Estimate(0.4, 0.3, 0.5)}
    made = record("net", classes=[], epochs_trained=100)
    shown = {"rmse": 0.666667, "interval": f"0.500 to 1.250, n = {made.examples['test']}"}
    assert evaluate.summarise("net", metrics, made.examples["test"]) == {"net": shown}
