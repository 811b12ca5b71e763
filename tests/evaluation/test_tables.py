import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.evaluation import tables


def test_tables(drawn):
    weights, labels, scores = drawn
    predicted = scores.argmax(axis=1)
    counts = tables.tables(weights, labels, predicted, 4)
    for row, table, balanced, f1 in zip(
        weights, counts, tables.balanced_accuracy(counts), tables.f1_macro(counts), strict=True
    ):
        assert (table == sklearn.confusion_matrix(labels, predicted, labels=range(4), sample_weight=row)).all()
        assert balanced == pytest.approx(
            sklearn.balanced_accuracy_score(labels, predicted, sample_weight=row), abs=1e-12
        )
        assert f1 == pytest.approx(sklearn.f1_score(labels, predicted, average="macro", sample_weight=row), abs=1e-12)


def test_tables_by_hand():
    counts = tables.tables(np.ones((1, 5)), np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), 3)
    assert counts.tolist() == [[[2, 1, 0], [0, 2, 0], [0, 0, 0]]]
    # Recall 2/3 and 1; F1 4/5 and 4/5; class 2 occurs nowhere.
    assert tables.balanced_accuracy(counts) == pytest.approx([5 / 6])
    assert tables.f1_macro(counts) == pytest.approx([4 / 5])
