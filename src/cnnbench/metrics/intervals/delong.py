"""Areas under the ROC curve with their variance in closed form.

E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", Biometrics 44 (1988); in n log n steps from ranks, after X. Sun and W. Xu, "Fast
implementation of DeLong's algorithm", IEEE Signal Process. Lett. 21 (2014). Where examples share a patient the sums run
over patients: N. A. Obuchowski, "Nonparametric analysis of clustered ROC curve data", Biometrics 53 (1997).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate, Groups, find_units
from cnnbench.metrics.intervals.proportions import logit_interval, wilson
from cnnbench.metrics.means import Floats


def covariance(
    positive: NDArray[np.bool_], scores: NDArray[np.floating], groups: Groups = None
) -> tuple[Floats, Floats]:
    """The areas of several classifiers on the same examples, and their covariance over test sets.

    Args:
        positive: Which examples are positive, shape (n,).
        scores: A row per classifier, the higher the more likely positive, shape (r, n).
        groups: Of the examples.

    Returns:
        Areas, shape (r,), ties counted half; their covariance, shape (r, r). Both NaN where no example is positive or
        none negative; the covariance NaN where one group holds all of either.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    areas, influence = _influence(positive, scores)
    return areas, _Spread(influence, positive.astype(np.intp), groups).covariance


def auc(
    positive: NDArray[np.bool_], score: NDArray[np.floating], groups: Groups = None, level: float = 0.95
) -> Estimate:
    """The area under one ROC curve, with DeLong's interval on the logit scale.

    By Student's t at Satterthwaite's degrees of freedom: the variance of few positives is itself an estimate
    (benchmarks/coverage.py). Without variance, as at an area of 1, it is Wilson's, for the number of groups of the
    rarer class.

    Args:
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).
        groups: Of the examples.
        level: Of the interval, between 0 and 1.

    Returns:
        NaN, with an interval of NaN, where all examples are positive or none is.

    Raises:
        ValueError: The shapes do not fit each other, or level is not within (0, 1).
    """
    areas, influence = _influence(positive, score[None])
    return _interval(float(areas[0]), _Spread(influence, positive.astype(np.intp), groups), level)


def macro(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    groups: Groups = None,
    *,
    weighted: bool = False,
    level: float = 0.95,
) -> Estimate:
    """The mean of the one-vs-rest areas of the classes that occur, with an interval as that of `auc`.

    Args:
        labels: Class indices within 0..k-1, shape (n,).
        scores: A column per class, shape (n, k).
        groups: Of the examples.
        weighted: Whether classes are weighted by frequency, as scikit-learn's average="weighted", else alike.
        level: Of the interval, between 0 and 1.

    Returns:
        NaN, with an interval of NaN, where only one class occurs.
    """
    kept, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(kept) < 2:
        return UNDEFINED
    pairs = [_influence(labels == index, scores[:, index][None]) for index in kept]
    areas = np.array([area[0] for area, _ in pairs])
    shares = counts / counts.sum() if weighted else np.full(len(kept), 1 / len(kept))
    area = float((shares * areas).sum())
    influence = (shares[:, None] * np.concatenate([each for _, each in pairs])).sum(axis=0)
    if weighted:  # the shares are estimates too
        influence = influence + (areas[own] - area) / len(labels)
    return _interval(area, _Spread(influence[None], own, groups), level)


class _Spread:
    """The covariance of statistics, from the influence of each example, summed by class and group.

    Attributes:
        covariance: Of r statistics, shape (r, r); NaN where a class lies in one group.
        freedom: Satterthwaite's degrees of freedom of the first one's variance.
        fewest: The number of groups of the class with the fewest.
    """

    def __init__(self, influence: Floats, labels: NDArray[np.intp], groups: Groups) -> None:
        n = influence.shape[1]
        units, unit_of = find_units(n, groups)
        unit = np.arange(n) if unit_of is None else unit_of
        k = int(labels.max(initial=0)) + 1
        counts = np.array([len(np.unique(unit[labels == c])) for c in range(k)])
        self.fewest, self.freedom = int(counts.min()), math.nan
        self.covariance = np.full((len(influence), len(influence)), np.nan)
        if self.fewest < 2 or k < 2:
            return
        within = np.stack(
            # Other classes go to a unit of their own, which is dropped, so that units keep their numbers
            [_sum_by_unit(influence, np.where(labels == c, unit, units), units + 1)[:, :-1] for c in range(k)]
        )
        own = np.stack([_products(each, each) for each in within])
        total = within.sum(axis=0)
        # A patient with examples of both classes ties their sums together; a single example has one class
        across = 0.0 if unit_of is None else (_products(total, total) - own.sum(axis=0)) * (units / (units - 1))
        own = own * (counts / (counts - 1))[:, None, None]
        self.covariance = own.sum(axis=0) + across
        variances = own[:, 0, 0]
        if variances.sum() > 0:
            freedom = variances.sum() ** 2 / (np.square(variances) / (counts - 1)).sum()
            # A group with examples of two classes is counted in both
            self.freedom = min(float(freedom), units - 1)


def _interval(area: float, spread: _Spread, level: float) -> Estimate:
    if math.isnan(area):
        return UNDEFINED
    variance = float(spread.covariance[0, 0])
    # The logit scale keeps the ends within 0 and 1, and covers better near 1 (benchmarks/coverage.py)
    if variance > 0 and 0 < area < 1 and not math.isnan(spread.freedom):
        return logit_interval(area, variance, spread.freedom, level)
    # An area A has no variance above A (1 - A) over this number (Birnbaum and Klose, Ann. Math. Stat. 28, 1957)
    return wilson(area, spread.fewest, level)


def _influence(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """The areas, shape (r,), and the influence of each example on them, shape (r, n); NaN where one class is absent."""
    if scores.ndim != 2 or positive.shape != scores.shape[1:]:
        raise ValueError(
            f"Expected positive (n,) and scores (r, n), received shapes {positive.shape} and {scores.shape}."
        )
    areas, influence = np.full(len(scores), np.nan), np.full(scores.shape, np.nan)
    positive = positive.astype(bool)
    if positive.any() and not positive.all():
        for row, score in enumerate(scores.astype(np.float64)):
            wins = _share_below(score[positive], score[~positive])
            areas[row] = wins.mean()
            influence[row, positive] = (wins - areas[row]) / len(wins)
            spared = 1 - _share_below(score[~positive], score[positive])
            influence[row, ~positive] = (spared - areas[row]) / len(spared)
    return areas, influence


def _sum_by_unit(values: Floats, unit_of: NDArray[np.intp], units: int) -> Floats:
    """Sums of the columns that share a unit: (r, n) to (r, units)."""
    return np.stack([np.bincount(unit_of, row, minlength=units) for row in values])


def _share_below(values: Floats, others: Floats) -> Floats:
    """The share of the others below each value, equals counted half."""
    ordered = np.sort(others)
    # Half of each: a tie counts half. To compare all pairs would take n^2 steps
    ranks = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(ranks / 2 / len(others))


def _products(first: Floats, second: Floats) -> Floats:
    """Sums of products of rows, two of (r, n) to (r, r); the last bits of a BLAS product depend on its threads."""
    return np.stack([(second * row).sum(axis=1) for row in first])
