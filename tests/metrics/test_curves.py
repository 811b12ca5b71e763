import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.metrics.curves import auc, confusion, roc

COLUMNS = ["class", "fpr", "tpr", "threshold", "tpr_low", "tpr_high"]


def run(n, k, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, size=n)
    logits = rng.normal(size=(n, k)) + 1.5 * np.eye(k)[labels]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return labels, scores, [f"class {c}" for c in range(k)]


def area(curve):
    return np.trapezoid(curve["tpr"], curve["fpr"])


def test_confusion():
    assert confusion(np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2]), 3).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 2]]
    labels, scores, _ = run(200, 4)
    predicted = scores.argmax(axis=1)
    assert (confusion(labels, predicted, 4) == sklearn.confusion_matrix(labels, predicted)).all()


def test_roc_of_two_classes_is_scikit_learns():
    labels, scores, classes = run(80, 2)
    frame = roc(labels, scores, classes)
    fpr, tpr, threshold = sklearn.roc_curve(labels, scores[:, 1])
    assert list(frame.columns) == COLUMNS
    assert set(frame["class"]) == {"class 1"}
    assert (frame["fpr"] == fpr).all()
    assert (frame["tpr"] == tpr).all()
    assert np.isnan(frame["threshold"][0])
    assert (frame["threshold"][1:] == threshold[1:]).all()
    assert auc(labels, scores, classes) == {"class 1": pytest.approx(sklearn.roc_auc_score(labels, scores[:, 1]))}


def test_roc_of_many_classes_and_their_mean():
    labels, scores, classes = run(150, 4)
    frame, areas = roc(labels, scores, classes), auc(labels, scores, classes)
    assert list(areas) == [*classes, "macro"] == list(frame["class"].unique())
    for name, curve in frame.groupby("class"):
        assert area(curve) == pytest.approx(areas[name], abs=1e-12)
        assert curve[["fpr", "tpr"]].iloc[0].tolist() == [0, 0]
        assert curve[["fpr", "tpr"]].iloc[-1].tolist() == [1, 1]
        assert (curve[["fpr", "tpr"]].diff().iloc[1:] >= 0).all(axis=None)
    assert areas["macro"] == pytest.approx(sklearn.roc_auc_score(labels, scores, multi_class="ovr"), abs=1e-12)


def test_the_mean_curve_by_hand():
    labels = np.array([0, 1, 2])
    scores = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.3, 0.4, 0.3]])
    # Classes 0, 1 and 2 are perfect: the mean has no point but the three corners.
    macro = roc(labels, scores, ["a", "b", "c"]).query("`class` == 'macro'")
    assert macro[["fpr", "tpr"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 1]]
    # Class 2 now loses to one of its two negatives: its curve steps up half way.
    scores[0] = [0.5, 0.1, 0.4]
    macro = roc(labels, scores, ["a", "b", "c"]).query("`class` == 'macro'")
    assert macro[["fpr", "tpr"]].to_numpy() == pytest.approx(
        np.array([[0, 0], [0, 2 / 3], [0.5, 2 / 3], [0.5, 1], [1, 1]])
    )


@pytest.mark.parametrize("k", [2, 4])
def test_the_curve_that_stands_for_the_run_has_a_band_and_no_other(k):
    labels, scores, classes = run(90, k)
    frame = roc(labels, scores, classes)
    last = frame["class"] == frame["class"].iloc[-1]
    assert frame["class"].iloc[-1] == (classes[1] if k == 2 else "macro")
    assert frame.loc[last, ["tpr_low", "tpr_high"]].notna().all(axis=None)
    assert frame.loc[~last, ["tpr_low", "tpr_high"]].isna().all(axis=None)
    assert (frame[last].groupby("fpr")[["tpr_low", "tpr_high"]].nunique() == 1).all(axis=None)


def test_no_infinity_and_few_points():
    labels, scores, classes = run(20_000, 3)
    frame = roc(labels, scores, classes)
    assert not np.isinf(frame["threshold"]).any()
    assert frame["threshold"][frame["class"] == "macro"].isna().all()
    assert (frame.groupby("class").size() <= 500).all()
    areas = auc(labels, scores, classes)
    for name, curve in frame.groupby("class"):
        assert area(curve) == pytest.approx(areas[name], abs=2e-4)
        assert curve[["fpr", "tpr"]].iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]


def test_an_absent_class_has_no_curve():
    labels, scores, classes = run(60, 4)
    kept = labels < 3
    frame, areas = roc(labels[kept], scores[kept], classes), auc(labels[kept], scores[kept], classes)
    assert set(frame["class"]) == {*classes[:3], "macro"}
    assert np.isnan(areas["class 3"])
    assert area(frame[frame["class"] == "macro"]) == pytest.approx(areas["macro"])


@pytest.mark.parametrize("k", [2, 4])
def test_one_class_or_a_diverged_network_has_no_curves(k):
    labels, scores, classes = run(30, k)
    for given in [(np.zeros(30, dtype=int), scores, classes), (labels, scores * np.nan, classes)]:
        assert roc(*given).empty
        assert list(roc(*given).columns) == COLUMNS
        assert np.isnan(list(auc(*given).values())).all()
