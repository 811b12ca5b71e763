"""What a classifier of two classes does at any threshold, and whether acting on it is worth it (decision curve)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import Estimate, Groups
from cnnbench.metrics.intervals.proportions import proportion
from cnnbench.metrics.means import Floats, divide

MOST_CUTS = 250  # as many as a slider can be set to


class Cuts(NamedTuple):
    """What is called positive from each of some thresholds on, the highest first; all of shape (cuts,).

    Attributes:
        thresholds: Falling; from the first, infinity, on nothing is positive, from the last on everything.
        true_positives, false_positives: Numbers of examples with a score of the threshold or more.
    """

    thresholds: Floats
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]


def cuts(labels: NDArray[np.integer], scores: NDArray[np.floating], keep: Iterable[float] = ()) -> Cuts:
    """A cut at each distinct score, of many at 250 that are evenly spaced along the ROC curve.

    Args:
        labels: 0 or 1, shape (n,).
        scores: Of class 1, finite, shape (n,).
        keep: Thresholds that are among the cuts in any case.
    """
    distinct = np.unique(scores.astype(np.float64))[::-1]
    found = _count(labels, scores, distinct)
    if len(distinct) > MOST_CUTS:
        positives, negatives = max(int((labels == 1).sum()), 1), max(int((labels == 0).sum()), 1)
        length = found.true_positives / positives + found.false_positives / negatives
        steps = np.searchsorted(length, np.linspace(0, length[-1], MOST_CUTS))
        distinct = distinct[np.unique(np.append(steps, len(distinct) - 1))]
    chosen = np.unique(np.concatenate([distinct, np.fromiter(keep, np.float64)]))[::-1]
    return _count(labels, scores, np.concatenate([[np.inf], chosen]))


def rates(
    labels: NDArray[np.integer], scores: NDArray[np.floating], groups: Groups, thresholds: Floats
) -> tuple[list[Estimate], list[Estimate]]:
    """Sensitivity and specificity at each threshold, with the 95 % interval of `proportions.proportion`.

    Args:
        labels: 0 or 1, both of which occur, shape (n,).
        scores: Of class 1, shape (n,).
        groups: Of the examples.
        thresholds: Shape (m,).
    """
    # As numbers, which `proportion` sorts each time
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    found = []
    for index in (1, 0):
        members = labels == index
        own, of_class = scores[members], None if codes is None else codes[members]
        found.append([proportion((own >= one) == bool(index), of_class) for one in thresholds])
    return found[0], found[1]


def predictive_values(
    sensitivity: Floats | float, specificity: Floats | float, prevalence: float
) -> tuple[Floats, Floats]:
    """The positive and the negative predictive value where this share has the condition; NaN where not defined.

    By Bayes' rule: a test part that was made up half and half says nothing of them in a clinic.
    """
    sensitivity, specificity = np.asarray(sensitivity, np.float64), np.asarray(specificity, np.float64)
    found, missed = sensitivity * prevalence, (1 - sensitivity) * prevalence
    spared, alarmed = specificity * (1 - prevalence), (1 - specificity) * (1 - prevalence)
    return divide(found, found + alarmed), divide(spared, spared + missed)


def predictive_intervals(
    sensitivity: Estimate, specificity: Estimate, prevalence: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The 95 % intervals of both predictive values, from those of sensitivity and specificity.

    Each value falls with a ratio of two independent proportions, such as (1 - specificity) / sensitivity. MOVER-R gives
    the ratio's interval (A. Donner and G. Y. Zou, "Closed-form confidence intervals for functions of the normal mean
    and standard deviation", Stat. Methods Med. Res. 21, 2012). The prevalence is taken as known.

    Returns:
        Low and high, of the positive and of the negative predictive value.
    """
    one, other = sensitivity, specificity
    missed, alarmed = (Estimate(1 - rate.value, 1 - rate.high, 1 - rate.low) for rate in (one, other))
    return _of_ratio(alarmed, one, prevalence), _of_ratio(missed, other, 1 - prevalence)


def _of_ratio(above: Estimate, below: Estimate, share: float) -> tuple[float, float]:
    """The ends of share / (share + (1 - share) * above / below)."""

    def end(a: float, b: float, sign: int) -> float:
        product = above.value * below.value
        upper, lower = a * (2 * above.value - a), b * (2 * below.value - b)
        difference = product + sign * math.sqrt(max(product**2 - upper * lower, 0.0))
        limit = math.inf if sign > 0 else upper / (2 * product) if product else 0.0
        ratio = difference / lower if lower else limit
        return share / (share + (1 - share) * ratio) if share else 0.0

    return end(above.high, below.low, 1), end(above.low, below.high, -1)


def net_benefit(labels: NDArray[np.integer], risks: NDArray[np.floating], thresholds: Floats) -> Floats:
    """The net benefit of treating whoever has a predicted risk of the threshold or more.

    A. J. Vickers and E. B. Elkin, "Decision curve analysis", Med. Decis. Making 26 (2006): true positives less false
    ones, the latter weighted by the odds of the threshold, per example. At a threshold of 10 % one would treat nine
    healthy people to treat one who is ill.

    Args:
        labels: 0 or 1, shape (n,).
        risks: Probabilities of class 1, finite, shape (n,).
        thresholds: Within [0, 1), shape (m,).

    Returns:
        Shape (m,); to treat nobody has 0 everywhere.
    """
    found = _count(labels, risks, thresholds)
    odds = thresholds / (1 - thresholds)
    return np.asarray((found.true_positives - found.false_positives * odds) / len(labels))


def treat_all(prevalence: float, thresholds: Floats) -> Floats:
    """The net benefit of treating everybody; shapes as of `net_benefit`."""
    return np.asarray(prevalence - (1 - prevalence) * thresholds / (1 - thresholds))


def _count(labels: NDArray[np.integer], scores: NDArray[np.floating], thresholds: Floats) -> Cuts:
    # Side "left": a score equal to the threshold counts as positive, as in `operating_point`
    positive, negative = (
        len(of_class) - np.searchsorted(np.sort(of_class), thresholds)
        for of_class in (scores[labels == 1].astype(np.float64), scores[labels == 0].astype(np.float64))
    )
    return Cuts(thresholds, positive.astype(np.int64), negative.astype(np.int64))
