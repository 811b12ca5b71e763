import math

import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.proportions import wilson
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions


def metrics(labels, scores, groups=None, **options):
    return measure(Predictions(labels, scores, groups), **options)


def names(k):
    return tuple(row.name for row in lookup.rows(k))


def run(n, k, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, size=n)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[labels]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, scores.astype(dtype)


@pytest.mark.parametrize("k", [2, 4, 10])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_are_scikit_learns(k, dtype):
    labels, scores = run(200, k, dtype)
    if dtype == np.float64:
        scores[:3] = np.eye(k)[(labels[:3] + 1) % k]  # wrong beyond doubt: log loss must clip
    predicted = scores.argmax(axis=1)
    auc = {"y_score": scores[:, 1]} if k == 2 else {"y_score": scores.astype(float), "multi_class": "ovr"}
    if k > 2:
        auc["y_score"] /= auc["y_score"].sum(axis=1, keepdims=True)
    two, wide = k == 2, auc["y_score"]
    one_hot = np.eye(k)[labels]
    expected = {
        "accuracy": sklearn.accuracy_score(labels, predicted),
        "balanced_accuracy": sklearn.balanced_accuracy_score(labels, predicted),
        "precision_macro": sklearn.precision_score(labels, predicted, average="macro"),
        "f1_macro": sklearn.f1_score(labels, predicted, average="macro"),
        "specificity_macro": np.mean([sklearn.recall_score(labels != c, predicted != c) for c in range(k)]),
        "matthews": sklearn.matthews_corrcoef(labels, predicted),
        "kappa": sklearn.cohen_kappa_score(labels, predicted),
        "roc_auc": sklearn.roc_auc_score(labels, **auc),
        "roc_auc_weighted": None if two else sklearn.roc_auc_score(labels, average="weighted", **auc),
        "average_precision": sklearn.average_precision_score(labels if two else one_hot, wide),
        "log_loss": sklearn.log_loss(labels, scores),
        "brier": np.mean(((scores - one_hot) ** 2).sum(axis=1)) / (2 if two else 1),
        "rmse_of_probabilities": sklearn.root_mean_squared_error(one_hot.ravel(), scores.ravel()),
    }
    estimates = metrics(labels, scores, draws=50)
    assert tuple(estimates) == names(k)
    expected = {name: value for name, value in expected.items() if value is not None}
    assert set(expected) <= set(names(k))  # what scikit-learn has not is tested by its own function's test
    tolerance = 1e-12 if dtype == np.float64 else 1e-6
    assert {name: estimates[name].value for name in expected} == pytest.approx(expected, abs=tolerance)
    assert all(e.low < e.value < e.high for e in estimates.values())


@pytest.mark.parametrize(
    ("k", "own", "other"), [(2, "sensitivity_at_95_specificity", "roc_auc_weighted"), (3, "roc_auc_weighted", "rmse")]
)
def test_names_are_those_of_the_number_of_classes_in_the_order_of_the_table(k, own, other):
    order = ["accuracy", "kappa", "roc_auc", own, "log_loss", "brier", "rmse_of_probabilities", "ece"]
    assert [name for name in names(k) if name in order] == order
    assert other not in names(k)


def test_brier_is_scikit_learns_and_rmse_its_root():
    labels, scores = run(100, 2)
    found = metrics(labels, scores, draws=5)
    assert found["brier"].value == pytest.approx(sklearn.brier_score_loss(labels, scores[:, 1]), abs=1e-12)
    assert found["rmse_of_probabilities"].value ** 2 == pytest.approx(found["brier"].value, abs=1e-12)
    labels, scores = run(100, 4)
    found = metrics(labels, scores, draws=5)
    assert found["brier"].value == pytest.approx(sklearn.brier_score_loss(labels, scores), abs=1e-12)
    assert found["rmse_of_probabilities"].value ** 2 == pytest.approx(found["brier"].value / 4, abs=1e-12)


def test_by_hand():
    labels = np.array([0, 0, 1, 1])
    scores = np.array([[0.8, 0.2], [0.4, 0.6], [0.5, 0.5], [0.1, 0.9]])  # the even score is taken as class 0
    values = {name: e.value for name, e in metrics(labels, scores).items()}
    assert values["accuracy"] == 0.5
    assert values["roc_auc"] == 0.75
    assert values["log_loss"] == pytest.approx(-math.log(0.8 * 0.4 * 0.5 * 0.9) / 4)
    assert values["rmse_of_probabilities"] == pytest.approx(math.sqrt((0.04 + 0.36 + 0.25 + 0.01) / 4))


@pytest.mark.parametrize("k", [0, 2, 4])
def test_groups_widen_every_interval(k):
    labels, scores = run(50, k) if k else np.random.default_rng(0).normal(size=(2, 50))
    labels, scores = np.repeat(labels, 4), np.repeat(scores, 4, axis=0)
    single = metrics(labels, scores)
    grouped = metrics(labels, scores, groups=[f"p{i // 4}" for i in range(200)])
    for name in names(k):
        assert grouped[name].value == single[name].value
        assert grouped[name].high - grouped[name].low > 1.4 * (single[name].high - single[name].low)


def test_seeded():
    labels, scores = run(60, 4)
    assert metrics(labels, scores, seed=1) == metrics(labels, scores, seed=1)
    assert metrics(labels, scores, seed=1)["brier"] != metrics(labels, scores, seed=2)["brier"]


@pytest.mark.parametrize("k", [2, 4])
def test_one_class_in_the_test_set(k):
    _, scores = run(20, k)
    estimates = metrics(np.zeros(20, dtype=np.int64), scores)
    undefined = {
        "matthews",
        "roc_auc",
        "roc_auc_weighted",
        "sensitivity_at_95_specificity",
        *(["average_precision"] * (k == 2)),
    }
    for name in names(k):
        assert np.isnan(estimates[name]).all() if name in undefined else np.isfinite(estimates[name]).all(), name


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_few_examples_have_defined_answers(k, n):
    labels, scores = run(n, k, seed=3)
    for name, (value, low, high) in metrics(labels, scores).items():
        assert math.isnan(low) or math.isnan(value) or low <= value <= high, name
        assert not math.isinf(value)
    assert metrics(labels, scores)["accuracy"].high > metrics(labels, scores)["accuracy"].low


def test_one_group_has_values_without_intervals():
    labels, scores = run(30, 2)
    for name, (value, low, high) in metrics(labels, scores, groups=["p"] * 30).items():
        assert math.isfinite(value), name
        assert math.isnan(low) == math.isnan(high) == (name != "roc_auc"), name


def test_an_absent_class_is_left_out_of_the_macro_auc():
    labels, scores = run(90, 4)
    kept = labels < 3
    expected = np.mean([sklearn.roc_auc_score(labels[kept] == c, scores[kept, c]) for c in range(3)])
    assert metrics(labels[kept], scores[kept])["roc_auc"].value == pytest.approx(expected)


@pytest.mark.parametrize("k", [2, 3])
def test_a_perfect_score_is_not_beyond_doubt(k):
    labels = np.array(list(range(k)) * 3)
    estimates = metrics(labels, np.eye(k)[labels])
    assert estimates["accuracy"].low == pytest.approx(wilson(1, 3 * k).low)
    for name in set(names(k)) - {"accuracy", "log_loss", "brier", "rmse_of_probabilities", "ece"}:
        assert estimates[name] == wilson(1, 3), name  # as many trials as the rarest class has examples
    assert estimates["log_loss"].value == pytest.approx(0, abs=1e-15)
    assert estimates["ece"] == estimates["brier"] == (0, 0, 0)


def test_a_diverged_network_has_no_metrics():
    labels, scores = run(20, 4)
    scores[3] = np.nan
    regression = metrics(np.ones(3), np.array([1, np.inf, 2]))
    assert np.isnan([*metrics(labels, scores).values(), *regression.values()]).all()


def test_refusals():
    labels, scores = run(20, 4)
    for none in ((labels[:0], scores[:0]), (np.ones(0), np.ones(0))):
        with pytest.raises(UserError, match="at least one test example"):
            metrics(*none)
    for unfitting in ((labels[:5], scores), (labels, scores[:, :1]), (np.ones(3), np.ones((3, 1)))):
        with pytest.raises(ValueError, match="shapes"):
            metrics(*unfitting)
    with pytest.raises(ValueError, match=r"within 0\.\.3"):
        metrics(labels + 1, scores)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_of_a_regression_are_scikit_learns(dtype):
    rng = np.random.default_rng(0)
    targets = rng.normal(22, 9, size=51).astype(dtype)
    predictions = (targets + rng.normal(scale=4, size=51)).astype(dtype)
    estimates = metrics(targets, predictions)
    targets, predictions = targets.astype(float), predictions.astype(float)
    expected = {
        "rmse": sklearn.root_mean_squared_error(targets, predictions),
        "mae": sklearn.mean_absolute_error(targets, predictions),
        "r2": sklearn.r2_score(targets, predictions),
        "median_absolute_error": sklearn.median_absolute_error(targets, predictions),
    }
    assert tuple(estimates) == names(0)
    assert {name: e.value for name, e in estimates.items()} == pytest.approx(expected, abs=1e-12)
    assert all(e.low < e.value < e.high for e in estimates.values())


def test_a_regression_by_hand():
    estimates = metrics(np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 4.0]))
    assert estimates["rmse"].value == pytest.approx(math.sqrt(5 / 3))
    assert estimates["mae"].value == estimates["median_absolute_error"].value == 1
    assert estimates["r2"].value == pytest.approx(1 - 5 / 14)


def test_equal_targets_have_no_r2():
    estimates = metrics(np.ones(5), np.arange(5.0))
    assert all(math.isnan(x) for x in estimates["r2"])
    assert np.isfinite(estimates["rmse"]).all()


def at_threshold(labels, score, threshold, groups=None):
    found = measure(Predictions(labels, np.stack([1 - score, score], axis=1), groups, threshold))
    chosen = {name: found[name] for name in found if name.endswith("_at_threshold")}
    assert len(chosen) == 4
    return chosen


def test_metrics_at_a_threshold_by_hand():
    labels = np.array([0, 0, 0, 0, 1, 1])
    scores = np.array([0.1, 0.6, 0.7, 0.9, 0.75, 0.95])
    found = at_threshold(labels, scores, 0.75)
    assert found["accuracy_at_threshold"].value == pytest.approx(5 / 6)
    assert found["specificity_at_threshold"].value == 0.75
    assert found["sensitivity_at_threshold"].value == 1.0  # the threshold itself is predicted positive
    assert found["balanced_accuracy_at_threshold"].value == pytest.approx(0.875)
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in found.values())


def test_groups_widen_every_interval_at_the_threshold():
    rng = np.random.default_rng(0)
    labels, scores = np.repeat(rng.integers(0, 2, 40), 5), np.repeat(rng.random(40), 5)
    alone, grouped = (at_threshold(labels, scores, 0.5, groups) for groups in (None, np.arange(200) // 5))
    for name, estimate in alone.items():
        assert grouped[name].value == estimate.value
        assert grouped[name].high - grouped[name].low > 1.5 * (estimate.high - estimate.low)


def test_a_perfect_threshold_is_not_beyond_doubt():
    labels = np.array([0] * 10 + [1] * 4)
    found = at_threshold(labels, labels.astype(float), 0.5)
    assert all(estimate.value == estimate.high == 1 and estimate.low < 0.9 for estimate in found.values())
