"""Areas under the ROC curve with their spread from one test set to another: nothing is drawn.

E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", Biometrics 44 (1988); in n log n steps from ranks, after X. Sun and W. Xu, "Fast
implementation of DeLong's algorithm", IEEE Signal Process. Lett. 21 (2014). Where examples share a patient the sums run
over patients: N. A. Obuchowski, "Nonparametric analysis of clustered ROC curve data", Biometrics 53 (1997).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate, units_of
from cnnbench.metrics.intervals.proportions import on_logit_scale, wilson_of_share
from cnnbench.metrics.means import Floats

Groups = Sequence[str] | NDArray[Any] | None


def covariance(
    positive: NDArray[np.bool_], scores: NDArray[np.floating], groups: Groups = None
) -> tuple[Floats, Floats]:
    """The areas of several classifiers, and how they vary together from one test set to another.

    Args:
        positive: Which examples are positive, shape (n,).
        scores: A row per classifier, the higher the more likely positive, shape (r, n).
        groups: Patient, lesion or slide of each example, shape (n,); None where each is its own.

    Returns:
        Areas, shape (r,), ties counted half; their covariance, shape (r, r). Both NaN where no example is positive or
        none negative; the covariance NaN where one group holds all of either, which shows no spread.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    areas, influence = _influence(positive, scores)
    return areas, _Spread(influence, positive.astype(np.intp), groups).covariance


def auc(
    positive: NDArray[np.bool_], score: NDArray[np.floating], groups: Groups = None, level: float = 0.95
) -> Estimate:
    """The area under one ROC curve, with DeLong's interval on the logit scale.

    That scale keeps it within 0 and 1 and covers better near 1 than the plain one, as does Student's t at
    Satterthwaite's degrees of freedom: the spread of few positives is itself an estimate (benchmarks/coverage.py).
    Where no spread is seen, as at an area of 1, it is Wilson's for as many trials as there are groups of the rarer
    class: an area A has no variance above A (1 - A) over that number (Z. W. Birnbaum and O. M. Klose, Ann. Math. Stat.
    28, 1957).

    Args:
        positive: Which examples are positive, shape (n,).
        score: The higher, the more likely positive, shape (n,).
        groups: As in `covariance`.
        level: Of the interval, between 0 and 1.

    Returns:
        NaN, with an interval of NaN, where the examples are all positive or none is.

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
    """The mean of the areas of each class against the rest, with an interval as that of `auc`.

    Args:
        labels: Class indices within 0..k-1, shape (n,).
        scores: A column per class, shape (n, k).
        groups: As in `covariance`.
        weighted: Whether classes count by how common they are, as scikit-learn's average="weighted", else alike.
        level: Of the interval, between 0 and 1.

    Returns:
        Over the classes that occur; NaN where only one does.
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
    """What influences on a statistic say of its variance: those of a class's groups, and of groups in several classes.

    Attributes:
        covariance: Of r statistics, shape (r, r); NaN where a class lies in one group.
        freedom: Satterthwaite's degrees of freedom of the first one's variance.
        fewest: Groups of the class that has the fewest.
    """

    def __init__(self, influence: Floats, labels: NDArray[np.intp], groups: Groups) -> None:
        n = influence.shape[1]
        units, unit_of = units_of(n, groups)
        of = np.arange(n) if unit_of is None else unit_of
        k = int(labels.max(initial=0)) + 1
        counts = np.array([len(np.unique(of[labels == c])) for c in range(k)])
        self.fewest, self.freedom = int(counts.min()), math.nan
        self.covariance = np.full((len(influence), len(influence)), np.nan)
        if self.fewest < 2 or k < 2:
            return
        within = np.stack([_by_unit(influence, np.where(labels == c, of, units), units + 1)[:, :-1] for c in range(k)])
        own = np.stack([_products(each, each) for each in within])
        total = within.sum(axis=0)
        across = 0.0 if unit_of is None else (_products(total, total) - own.sum(axis=0)) * (units / (units - 1))
        own = own * (counts / (counts - 1))[:, None, None]
        self.covariance = own.sum(axis=0) + across
        variances = own[:, 0, 0]
        if variances.sum() > 0:
            freedom = variances.sum() ** 2 / (np.square(variances) / (counts - 1)).sum()
            self.freedom = min(float(freedom), units - 1)


def _interval(area: float, spread: _Spread, level: float) -> Estimate:
    if math.isnan(area):
        return UNDEFINED
    variance = float(spread.covariance[0, 0])
    if variance > 0 and 0 < area < 1 and not math.isnan(spread.freedom):
        return on_logit_scale(area, variance, spread.freedom, level)
    return wilson_of_share(area, spread.fewest, level)


def _influence(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """The areas, shape (r,), and what each example moves them by, shape (r, n)."""
    wins, spared = placements(positive, scores)
    areas, influence = np.full(len(scores), np.nan), np.full(scores.shape, np.nan)
    if wins.size and spared.size:
        positive = positive.astype(bool)
        areas = wins.mean(axis=1)
        influence[:, positive] = (wins - areas[:, None]) / wins.shape[1]
        influence[:, ~positive] = (spared - areas[:, None]) / spared.shape[1]
    return areas, influence


def placements(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Of each positive the share of negatives that it outscores, of each negative that of positives that outscore it.

    Args:
        positive: Which examples are positive, shape (n,).
        scores: A row per classifier, shape (r, n).

    Returns:
        Shapes (r, positives) and (r, negatives), in the order of the examples, ties counted half; NaN where there is
        nothing to outscore. The mean of either is the area.

    Raises:
        ValueError: The shapes do not fit each other.
    """
    if scores.ndim != 2 or positive.shape != scores.shape[1:]:
        raise ValueError(
            f"Expected positive (n,) and scores (r, n), received shapes {positive.shape} and {scores.shape}."
        )
    positive = positive.astype(bool)
    hits, misses = scores[:, positive].astype(np.float64), scores[:, ~positive].astype(np.float64)
    wins, spared = np.full(hits.shape, np.nan), np.full(misses.shape, np.nan)
    if hits.size and misses.size:
        for row in range(len(scores)):
            wins[row] = _midranks(np.sort(misses[row]), hits[row]) / misses.shape[1]
            spared[row] = 1 - _midranks(np.sort(hits[row]), misses[row]) / hits.shape[1]
    return wins, spared


def _by_unit(values: Floats, unit_of: NDArray[np.intp], units: int) -> Floats:
    """Sums of the columns that share a unit: (r, n) to (r, units)."""
    return np.stack([np.bincount(unit_of, row, minlength=units) for row in values])


def _midranks(ordered: Floats, asked: Floats) -> Floats:
    """How many of `ordered` lie below each of `asked`, equals counted half."""
    ranks: Floats = (np.searchsorted(ordered, asked, "left") + np.searchsorted(ordered, asked, "right")) / 2
    return ranks


def _products(first: Floats, second: Floats) -> Floats:
    """Sums of products of rows, (r, n) twice to (r, r); no BLAS product, whose last bits its threads change."""
    return np.stack([(second * row).sum(axis=1) for row in first])
