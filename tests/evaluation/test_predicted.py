import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from cnnbench.evaluation import predicted


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
            "f1_macro": metrics.f1_score(labels, guessed, average="macro"),
            "roc_auc": metrics.roc_auc_score(labels, scores, multi_class="ovr"),
            "log_loss": metrics.log_loss(labels, scores),
            "rmse": np.sqrt(np.mean((scores - np.eye(4)[labels]) ** 2)),
        }
    )
    assert predicted.right(frame, 4).mean() == pytest.approx(found["accuracy"])


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
        }
    )


def test_finite():
    frame = pd.DataFrame({"label": [0, 1], "score_0": [0.5, 0.1], "score_1": [0.5, 0.9], "threshold": np.nan})
    assert predicted.finite(frame)
    assert not predicted.finite(frame.assign(score_0=[0.5, np.inf]))
