import math

import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.errors import UserError
from cnnbench.evaluation.classification import NAMES, metrics


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
    expected = {
        "accuracy": sklearn.accuracy_score(labels, predicted),
        "balanced_accuracy": sklearn.balanced_accuracy_score(labels, predicted),
        "f1_macro": sklearn.f1_score(labels, predicted, average="macro"),
        "roc_auc": sklearn.roc_auc_score(labels, **auc),
        "log_loss": sklearn.log_loss(labels, scores),
        "rmse": sklearn.root_mean_squared_error(np.eye(k)[labels].ravel(), scores.ravel()),
    }
    estimates = metrics(labels, scores, draws=50)
    assert tuple(estimates) == NAMES
    tolerance = 1e-12 if dtype == np.float64 else 1e-6
    assert {name: e.value for name, e in estimates.items()} == pytest.approx(expected, abs=tolerance)
    assert all(e.low < e.value < e.high for e in estimates.values())


def test_rmse_is_the_root_of_brier():
    labels, scores = run(100, 2)
    brier = sklearn.brier_score_loss(labels, scores[:, 1])
    assert metrics(labels, scores, draws=5)["rmse"].value ** 2 == pytest.approx(brier, abs=1e-12)
    labels, scores = run(100, 4)
    brier = sklearn.brier_score_loss(labels, scores, scale_by_half=False)
    assert metrics(labels, scores, draws=5)["rmse"].value ** 2 == pytest.approx(brier / 4, abs=1e-12)


def test_by_hand():
    labels = np.array([0, 0, 1, 1])
    scores = np.array([[0.8, 0.2], [0.4, 0.6], [0.5, 0.5], [0.1, 0.9]])  # the even score is taken as class 0
    values = {name: e.value for name, e in metrics(labels, scores).items()}
    assert values["accuracy"] == 0.5
    assert values["roc_auc"] == 0.75
    assert values["log_loss"] == pytest.approx(-math.log(0.8 * 0.4 * 0.5 * 0.9) / 4)
    assert values["rmse"] == pytest.approx(math.sqrt((0.04 + 0.36 + 0.25 + 0.01) / 4))


def test_groups_widen_intervals_but_wilsons():
    labels, scores = run(50, 2)
    labels, scores = np.repeat(labels, 4), np.repeat(scores, 4, axis=0)
    single = metrics(labels, scores)
    grouped = metrics(labels, scores, groups=[f"p{i // 4}" for i in range(200)])
    assert single["accuracy"] == grouped["accuracy"]
    for name in NAMES[1:]:
        assert grouped[name].high - grouped[name].low > 1.5 * (single[name].high - single[name].low)


def test_seeded():
    labels, scores = run(60, 4)
    assert metrics(labels, scores, seed=1) == metrics(labels, scores, seed=1)
    assert metrics(labels, scores, seed=1)["rmse"] != metrics(labels, scores, seed=2)["rmse"]


@pytest.mark.parametrize("k", [2, 4])
def test_one_class_in_the_test_set(k):
    _, scores = run(20, k)
    estimates = metrics(np.zeros(20, dtype=np.int64), scores)
    assert all(math.isnan(x) for x in estimates["roc_auc"])
    others = [x for name in NAMES if name != "roc_auc" for x in estimates[name]]
    assert np.isfinite(others).all()


def test_an_absent_class_is_left_out_of_the_macro_auc():
    labels, scores = run(90, 4)
    kept = labels < 3
    expected = np.mean([sklearn.roc_auc_score(labels[kept] == c, scores[kept, c]) for c in range(3)])
    assert metrics(labels[kept], scores[kept])["roc_auc"].value == pytest.approx(expected)


def test_a_perfect_score():
    labels = np.array([0, 1, 2] * 3)
    estimates = metrics(labels, np.eye(3)[labels])
    assert estimates["accuracy"].value == estimates["accuracy"].high == 1
    assert estimates["accuracy"].low == pytest.approx(0.7008, abs=1e-4)  # Wilson's, 9 of 9
    assert estimates["roc_auc"] == (1, 1, 1)
    assert estimates["log_loss"].value == pytest.approx(0, abs=1e-15)


def test_a_diverged_network_has_no_metrics():
    labels, scores = run(20, 4)
    scores[3] = np.nan
    assert all(math.isnan(x) for e in metrics(labels, scores).values() for x in e)


def test_refusals():
    labels, scores = run(20, 4)
    with pytest.raises(UserError, match="at least one test example"):
        metrics(labels[:0], scores[:0])
    with pytest.raises(ValueError, match="shapes"):
        metrics(labels[:5], scores)
    with pytest.raises(ValueError, match="shapes"):
        metrics(labels, scores[:, :1])
    with pytest.raises(ValueError, match=r"within 0\.\.3"):
        metrics(labels + 1, scores)
