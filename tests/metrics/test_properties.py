"""What holds of the metrics' values for all predictions, and what scikit-learn says of the same ones."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_predictions import classified, regressed
from sklearn import metrics as sklearn

from cnnbench.metrics import calibration, confusion, curves, lookup, operating_point
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

EXACT = {"abs": 1e-12, "nan_ok": True}


def values(*predictions, **chosen):
    return {name: found.value for name, found in measure(Predictions(*predictions, **chosen), draws=0).items()}


def by_scikit_learn(labels, scores):
    """Its values; of matthews and areas, where it answers 0 or nothing for a single class, ours is NaN instead."""
    k, n = scores.shape[1], len(labels)
    predicted, one_hot = scores.argmax(axis=1), np.eye(k)[labels]
    present = [c for c in range(k) if 0 < (labels == c).sum() < n]
    ranked = [c for c in ([1] if k == 2 else range(k)) if (labels == c).any()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of each degenerate case, which is what is asked here
        areas = {c: sklearn.roc_auc_score(labels == c, scores[:, c]) for c in present}
        expected = {
            "accuracy": sklearn.accuracy_score(labels, predicted),
            "balanced_accuracy": sklearn.balanced_accuracy_score(labels, predicted),
            "precision_macro": sklearn.precision_score(labels, predicted, average="macro", zero_division=0),
            "f1_macro": sklearn.f1_score(labels, predicted, average="macro", zero_division=0),
            "matthews": sklearn.matthews_corrcoef(labels, predicted) if present else math.nan,
            "kappa": sklearn.cohen_kappa_score(labels, predicted),
            "average_precision": np.mean([sklearn.average_precision_score(labels == c, scores[:, c]) for c in ranked])
            if ranked
            else math.nan,
            "log_loss": sklearn.log_loss(labels, scores, labels=range(k)),
            "brier": np.square(scores - one_hot).sum(axis=1).mean() / (2 if k == 2 else 1),
            "rmse_of_probabilities": sklearn.root_mean_squared_error(one_hot.ravel(), scores.ravel()),
        }
        if k == 2:
            fpr, tpr, _ = sklearn.roc_curve(labels, scores[:, 1])
            reached = tpr[fpr <= 0.05 + 1e-9].max() if present else math.nan
            return expected | {"roc_auc": areas.get(1, math.nan), "sensitivity_at_95_specificity": reached}
    sizes = [(labels == c).sum() for c in present]
    return expected | {
        "roc_auc": np.mean(list(areas.values())) if present else math.nan,
        "roc_auc_weighted": np.average(list(areas.values()), weights=sizes) if present else math.nan,
    }


@given(classified())
def test_the_values_of_a_classifier_are_scikit_learns(predictions):
    found, expected = values(*predictions), by_scikit_learn(*predictions)
    assert set(lookup.names()) >= set(expected)
    assert {name: found[name] for name in expected} == pytest.approx(expected, **EXACT)


@given(regressed())
def test_the_values_of_a_regression_are_scikit_learns(predictions):
    found = values(*predictions)
    equal = np.ptp(predictions[0]) == 0
    assert found == pytest.approx(
        {
            "rmse": sklearn.root_mean_squared_error(*predictions),
            "mae": sklearn.mean_absolute_error(*predictions),
            "r2": math.nan if equal else sklearn.r2_score(*predictions),
            "median_absolute_error": sklearn.median_absolute_error(*predictions),
        },
        **EXACT,
    )
    assert found["median_absolute_error"] / 2 <= found["mae"] <= found["rmse"] + 1e-12


@given(classified(), st.floats(0, 1), st.floats(calibration.COLDEST, calibration.HOTTEST))
def test_a_value_lies_within_the_bounds_of_its_row(predictions, threshold, temperature):
    two = predictions[1].shape[1] == 2
    found = values(*predictions, threshold=threshold if two else None, temperature=temperature)
    for name, value in found.items():
        row = lookup.find(name)
        assert math.isnan(value) or row.lowest - 1e-12 <= value <= row.highest + 1e-12, name


@given(classified(), st.randoms(use_true_random=False))
def test_the_order_of_the_examples_changes_nothing(predictions, random):
    order = random.sample(range(len(predictions[0])), len(predictions[0]))
    assert values(*(each[order] for each in predictions), temperature=2.0) == pytest.approx(
        values(*predictions, temperature=2.0), **EXACT
    )


@given(classified(least=3), st.randoms(use_true_random=False))
def test_the_order_of_the_classes_changes_nothing(predictions, random):
    labels, scores = predictions
    scores = scores + np.arange(scores.shape[1]) / 1e4  # of equal scores the first class counts: here are none
    scores /= scores.sum(axis=1, keepdims=True)
    order = np.array(random.sample(range(scores.shape[1]), scores.shape[1]))
    assert values(np.argsort(order)[labels], scores[:, order]) == pytest.approx(values(labels, scores), **EXACT)


@given(classified(most=2))
def test_the_other_class_as_the_positive_one_has_the_same_area(predictions):
    labels, scores = predictions
    assert values(1 - labels, scores[:, ::-1])["roc_auc"] == pytest.approx(values(labels, scores)["roc_auc"], **EXACT)


@given(classified(most=2))
def test_what_ranks_examples_knows_their_order_alone(predictions):
    labels, scores = predictions
    cubes = scores**3 / (scores**3).sum(axis=1, keepdims=True)
    ranking = ("roc_auc", "average_precision", "sensitivity_at_95_specificity")
    found, cubed = values(labels, scores), values(labels, cubes)
    assert [found[name] for name in ranking] == pytest.approx([cubed[name] for name in ranking], **EXACT)


@given(classified(), st.data())
def test_a_weight_is_a_number_of_copies(predictions, data):
    """What makes the bootstrap right: a draw's statistic is the metric of the examples that it holds."""
    n = len(predictions[0])
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any)))
    drawn = Predictions(*(np.repeat(each, weights, axis=0) for each in predictions))
    for row in lookup.rows(drawn.classes):
        if row.statistic:
            (weighted,) = row.compute(weights[None].astype(float), Predictions(*predictions))
            (copied,) = row.compute(np.ones((1, len(drawn))), drawn)
            assert weighted == pytest.approx(copied, **EXACT), row.name


@given(classified())
def test_tables_and_curves_are_scikit_learns(predictions):
    labels, scores = predictions
    n, k = scores.shape
    predicted = scores.argmax(axis=1)
    expected = sklearn.confusion_matrix(labels, predicted, labels=range(k))
    assert (curves.confusion(labels, predicted, k) == expected).all()
    assert (confusion.tables(np.ones((1, n)), labels, predicted, k)[0] == expected).all()
    names = [str(index) for index in range(k)]
    drawn = curves.roc(labels, scores, names)
    for index in [1] if k == 2 else range(k):
        curve = drawn[drawn["class"] == names[index]]
        assert (len(curve) > 0) == (0 < (labels == index).sum() < n)
        if len(curve):
            fpr, tpr, _ = sklearn.roc_curve(labels == index, scores[:, index])
            assert curve[["fpr", "tpr"]].to_numpy() == pytest.approx(np.column_stack([fpr, tpr]), abs=1e-12)


@given(classified(), st.floats(calibration.COLDEST, calibration.HOTTEST))
def test_a_temperature_keeps_probabilities_and_their_order(predictions, temperature):
    labels, scores = predictions
    calibrated = calibration.calibrate(scores, temperature)
    assert calibrated.sum(axis=1) == pytest.approx(1)
    for before, after in zip(scores, calibrated, strict=True):
        assert (np.diff(after[np.argsort(before, kind="stable")]) >= -1e-12).all()
    assert calibration.COLDEST <= calibration.fit_temperature(labels, scores) <= calibration.HOTTEST
    if scores.all():
        assert calibration.calibrate(scores, 1.0) == pytest.approx(scores)


@given(classified())
def test_the_calibration_error_is_that_of_its_diagram(predictions):
    labels, scores = predictions
    bins = calibration.reliability(labels, scores)
    assert bins["n"].sum() == len(labels)
    gaps = (bins["score"] - bins["right"]).abs() * bins["n"] / len(labels)
    assert calibration.ece(labels, scores, draws=0).value == pytest.approx(gaps.sum(), abs=1e-12)


@given(classified(most=2), st.floats(0, 1))
def test_a_chosen_threshold_reaches_the_sensitivity_asked_for_and_the_best_balance(predictions, asked):
    labels, score = predictions[0], predictions[1][:, 1]
    if len(np.unique(labels)) < 2:
        assert operating_point.choose_threshold(labels, score, asked) == 0.5
        return
    reached = score[labels == 1] >= operating_point.choose_threshold(labels, score, asked)
    assert reached.mean() >= asked - 1e-12
    best = operating_point.choose_threshold(labels, score)
    fpr, tpr, _ = sklearn.roc_curve(labels, score)
    assert sklearn.balanced_accuracy_score(labels, score >= best) == pytest.approx((1 + (tpr - fpr).max()) / 2)
