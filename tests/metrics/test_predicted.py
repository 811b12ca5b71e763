import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from cnnbench.metrics import classification, operating_point, predicted


def value(metric, frame):
    statistic, arrays = metric
    return statistic(np.ones((1, len(frame))), *arrays(frame))[0]


def test_several_classes_are_scikit_learns():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 4, size=90), rng.dirichlet(np.ones(4), size=90)
    frame = pd.DataFrame({"label": labels} | {f"score_{i}": scores[:, i] for i in range(4)})
    found = {name: value(metric, frame) for name, metric in predicted.metrics(4, threshold=True).items()}
    guessed = scores.argmax(axis=1)
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(labels, guessed),
            "balanced_accuracy": metrics.balanced_accuracy_score(labels, guessed),
            "precision_macro": metrics.precision_score(labels, guessed, average="macro", zero_division=0),
            "f1_macro": metrics.f1_score(labels, guessed, average="macro"),
            "specificity_macro": classification.metrics(labels, scores, draws=2)["specificity_macro"].value,
            "matthews": metrics.matthews_corrcoef(labels, guessed),
            "kappa": metrics.cohen_kappa_score(labels, guessed),
            "roc_auc_weighted": metrics.roc_auc_score(labels, scores, multi_class="ovr", average="weighted"),
            "average_precision": metrics.average_precision_score(np.eye(4)[labels], scores),
            "brier": np.mean(((scores - np.eye(4)[labels]) ** 2).sum(axis=1)),
            "roc_auc": metrics.roc_auc_score(labels, scores, multi_class="ovr"),
            "log_loss": metrics.log_loss(labels, scores),
            "rmse": np.sqrt(np.mean((scores - np.eye(4)[labels]) ** 2)),
        }
    )
    assert predicted.right(frame, 4).mean() == pytest.approx(found["accuracy"])


def test_two_classes_have_what_an_evaluation_has():
    rng = np.random.default_rng(2)
    labels, score = rng.integers(0, 2, size=80), rng.uniform(size=80)
    scores = np.stack([1 - score, score], axis=1)
    frame = pd.DataFrame({"label": labels, "score_0": 1 - score, "score_1": score, "threshold": 0.3})
    found = {name: value(metric, frame) for name, metric in predicted.metrics(2, threshold=True).items()}
    measured = classification.metrics(labels, scores, draws=2) | operating_point.metrics(labels, score, 0.3)
    assert set(measured) - set(found) == {"ece", "sensitivity_at_threshold", "specificity_at_threshold"}
    assert found == pytest.approx({name: measured[name].value for name in found})


def test_a_regression_is_scikit_learns():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"label": rng.normal(size=40), "prediction": rng.normal(size=40)})
    found = {name: value(metric, frame) for name, metric in predicted.metrics(0).items()}
    both = frame["label"], frame["prediction"]
    assert found == pytest.approx(
        {
            "rmse": metrics.root_mean_squared_error(*both),
            "mae": metrics.mean_absolute_error(*both),
            "r2": metrics.r2_score(*both),
            "median_absolute_error": metrics.median_absolute_error(*both),
        }
    )


def test_finite():
    frame = pd.DataFrame({"label": [0, 1], "score_0": [0.5, 0.1], "score_1": [0.5, 0.9], "threshold": np.nan})
    assert predicted.finite(frame)
    assert not predicted.finite(frame.assign(score_0=[0.5, np.inf]))
