"""Estimates and tests in closed form, for the rows of the table."""

from __future__ import annotations

import numpy as np

from cnnbench.metrics import calibration
from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.intervals.proportions import proportion
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
        correct = predictions.predicted_at_threshold == labels
        return proportion(correct[members], None if groups is None else np.asarray(groups)[members])

    return estimate


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
