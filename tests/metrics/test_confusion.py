import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.metrics import confusion


@pytest.mark.parametrize("never", [None, 2])
def test_tables_and_their_metrics_are_scikit_learns(drawn, never):
    weights, labels, scores = drawn
    predicted = scores.argmax(axis=1)
    predicted[predicted == never] = 1
    counts = confusion.tables(weights, labels, predicted, 4)
    for index, row in enumerate(weights):
        given = {"sample_weight": row}
        assert (counts[index] == sklearn.confusion_matrix(labels, predicted, labels=range(4), **given)).all()
        expected = {
            confusion.balanced_accuracy: sklearn.balanced_accuracy_score(labels, predicted, **given),
            confusion.f1_macro: sklearn.f1_score(labels, predicted, average="macro", **given),
            confusion.precision_macro: sklearn.precision_score(
                labels, predicted, average="macro", zero_division=0, **given
            ),
            confusion.matthews: sklearn.matthews_corrcoef(labels, predicted, **given),
            confusion.kappa: sklearn.cohen_kappa_score(labels, predicted, **given),
            confusion.specificity_macro: np.mean(
                [sklearn.recall_score(labels != c, predicted != c, **given) for c in range(4)]
            ),
        }
        for metric, value in expected.items():
            assert metric(counts)[index] == pytest.approx(value, abs=1e-12)


def test_a_table_and_its_metrics_by_hand():
    counts = confusion.tables(np.ones((1, 5)), np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), 3)
    assert counts.tolist() == [[[2, 1, 0], [0, 2, 0], [0, 0, 0]]]
    # Recall 2/3 and 1; F1 4/5 and 4/5; class 2 occurs nowhere
    assert confusion.balanced_accuracy(counts) == pytest.approx([5 / 6])
    assert confusion.f1_macro(counts) == pytest.approx([4 / 5])
    assert confusion.precision(counts)[0] == pytest.approx([1, 2 / 3, np.nan], nan_ok=True)
    assert confusion.precision_macro(counts) == pytest.approx([5 / 6])
    assert confusion.specificity(counts)[0] == pytest.approx([1, 2 / 3, 1])
    assert confusion.specificity_macro(counts) == pytest.approx([5 / 6])
    assert confusion.kappa(counts) == pytest.approx([(0.8 - 0.48) / 0.52])
    assert confusion.matthews(counts) == pytest.approx([4 / 6])  # (2 * 2 - 0 * 1) / sqrt(3 * 2 * 2 * 3)


def test_tables_of_one_class():
    counts = np.array([[[3.0, 0], [0, 0]], [[2, 1], [0, 0]], [[2, 0], [1, 0]], [[0, 0], [0, 0]]])
    assert confusion.matthews(counts) == pytest.approx([np.nan, np.nan, 0, np.nan], nan_ok=True)
    assert confusion.kappa(counts) == pytest.approx([np.nan, 0, 0, np.nan], nan_ok=True)
    assert confusion.precision_macro(counts) == pytest.approx([1, 0.5, 1 / 3, np.nan], nan_ok=True)
