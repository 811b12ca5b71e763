import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.metrics.per_class import NAMES, per_class

CLASSES = ["a", "b", "c", "d"]


def test_the_values_are_scikit_learns(drawn):
    _, labels, scores = drawn
    predicted = scores.argmax(axis=1)
    table = per_class(labels, scores, CLASSES)
    assert list(table.columns) == ["class", "n", *(name + end for name in NAMES for end in ("", "_low", "_high"))]
    assert table["class"].tolist() == CLASSES
    assert table["n"].tolist() == np.bincount(labels, minlength=4).tolist()
    precision, recall, f1, _ = sklearn.precision_recall_fscore_support(labels, predicted)
    assert table["precision"].to_numpy() == pytest.approx(precision)
    assert table["recall"].to_numpy() == pytest.approx(recall)
    assert table["f1"].to_numpy() == pytest.approx(f1)
    for c in range(4):
        own = labels == c
        row = table.iloc[c]
        assert row["specificity"] == pytest.approx(sklearn.recall_score(~own, predicted != c))
        assert row["roc_auc"] == pytest.approx(sklearn.roc_auc_score(own, scores[:, c]))
        assert row["average_precision"] == pytest.approx(sklearn.average_precision_score(own, scores[:, c]))
        assert tuple(row[["recall", "recall_low", "recall_high"]]) == proportion((predicted == c)[own])
    for name in NAMES:
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()


def test_groups_widen(drawn):
    _, labels, scores = drawn
    labels, scores = np.repeat(labels, 4), np.repeat(scores, 4, axis=0)
    alone = per_class(labels, scores, CLASSES)
    grouped = per_class(labels, scores, CLASSES, np.repeat(np.arange(60), 4))
    for name in NAMES:
        assert (grouped[f"{name}_high"] - grouped[f"{name}_low"] > alone[f"{name}_high"] - alone[f"{name}_low"]).all()


def test_a_class_without_examples_or_predictions(drawn):
    _, labels, scores = drawn
    table = per_class(np.where(labels == 3, 0, labels), scores - 10 * np.eye(4)[2], CLASSES)
    assert table["n"][3] == 0
    assert table.loc[3, ["recall", "roc_auc", "average_precision"]].isna().all()
    assert np.isfinite(table.loc[3, ["specificity", "specificity_low"]].astype(float)).all()
    assert np.isnan(table.loc[2, "precision"])
    assert table.loc[2, "recall"] == 0
    assert table.loc[2, "recall_high"] > 0


def test_a_perfect_score_has_low_ends_below_1():
    labels = np.array([0] * 9 + [1] * 3)
    table = per_class(labels, np.eye(2)[labels], ["a", "b"])
    for name in NAMES:
        assert (table[name] == 1).all()
        assert (table[f"{name}_low"] < 0.9).all()
    assert table["f1_low"][1] < table["f1_low"][0]


def test_a_diverged_network(drawn):
    _, labels, scores = drawn
    assert per_class(labels, scores * np.nan, CLASSES).drop(columns=["class", "n"]).isna().all(axis=None)
