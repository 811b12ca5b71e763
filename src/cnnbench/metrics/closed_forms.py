"""Estimates and tests in closed form, for the rows of the table."""

from __future__ import annotations

import numpy as np

from cnnbench.metrics import calibration
from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.metrics.means import mean
from cnnbench.metrics.metric import Estimator
from cnnbench.metrics.predictions import Predictions
from cnnbench.metrics.significance import pairs
from cnnbench.metrics.significance.pairs import Tested


# The table calls all rows alike: what needs no draws and seed takes them as *_
def accuracy(predictions: Predictions, *_: int) -> Estimate:
    """The share of correct predictions."""
    return proportion(predictions.correct, predictions.groups)


def share_at_threshold(label: int | None = None) -> Estimator:
    """The share of correct predictions at the threshold, among the examples of one class or among all."""

    def estimate(predictions: Predictions, *_: int) -> Estimate:
        labels, groups = predictions.labels, predictions.groups
        members = np.ones(len(labels), bool) if label is None else labels == label
        if not members.any():
            return UNDEFINED
        correct = predictions.predicted_at_threshold == labels
        return proportion(correct[members], None if groups is None else np.asarray(groups)[members])

    return estimate


def clean_accuracy(predictions: Predictions, *_: int) -> Estimate:
    """The share of correct predictions of the examples without a twin."""
    return UNDEFINED if predictions.clean is None else accuracy(predictions.clean)


def count_twins(predictions: Predictions, *_: int) -> Estimate:
    """The number of examples with a twin, which has no interval but itself."""
    count = 0.0 if predictions.twin is None else float(predictions.twin.sum())
    return Estimate(count, count, count)


def worst_accuracy(predictions: Predictions, *_: int) -> Estimate:
    """The lowest accuracy of a subgroup."""
    return min(
        (accuracy(predictions.subset(members)) for members in (predictions.subgroups or {}).values()), key=_value
    )


def worst_rmse(predictions: Predictions, draws: int, seed: int) -> Estimate:
    """The highest root mean squared error of a subgroup."""

    def rmse(subset: Predictions) -> Estimate:
        squares = np.square(subset.errors)
        statistics = bca(
            lambda weights: {"rmse": np.sqrt(mean(weights, squares))},
            len(subset),
            subset.groups,
            draws=draws,
            seed=seed,
        )
        return statistics["rmse"]

    return max((rmse(predictions.subset(members)) for members in (predictions.subgroups or {}).values()), key=_value)


def _value(estimate: Estimate) -> float:
    return estimate.value


def area(predictions: Predictions, *_: int) -> Estimate:
    """The area under the ROC curve: of class 1 for two classes, else the mean over classes against the rest."""
    if predictions.classes == 2:
        return delong.auc(predictions.labels == 1, predictions.wide[:, 1], predictions.groups)
    return delong.macro(predictions.labels, predictions.wide, predictions.groups)


def weighted_area(predictions: Predictions, *_: int) -> Estimate:
    """The mean area over classes, each weighted by its share of the examples."""
    return delong.macro(predictions.labels, predictions.wide, predictions.groups, weighted=True)


def calibration_error(predictions: Predictions, draws: int, seed: int) -> Estimate:
    """The expected calibration error of the uncalibrated scores."""
    return calibration.ece(predictions.labels, predictions.scores, predictions.groups, draws=draws, seed=seed)


def calibration_error_at_temperature(predictions: Predictions, draws: int, seed: int) -> Estimate:
    """The expected calibration error of the scores at the temperature."""
    scores = np.exp(predictions.log_calibrated)
    return calibration.ece(predictions.labels, scores, predictions.groups, draws=draws, seed=seed)


def compare_accuracies(first: Predictions, second: Predictions) -> Tested:
    """McNemar's test."""
    return pairs.mcnemar(first.correct, second.correct)


def compare_areas(first: Predictions, second: Predictions) -> Tested | None:
    """DeLong's test, of two classes."""
    # DeLong's test is of one area; a mean over classes falls back to the bootstrap
    if first.classes != 2:
        return None
    return pairs.delong_test(first.labels == 1, first.wide[:, 1], second.wide[:, 1])
