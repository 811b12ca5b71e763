"""Tests of the difference between two networks on the same test examples.

McNemar's test for accuracy and DeLong's for the area under the ROC curve. Both take examples as independent: for
groups, for repeats and for other metrics there are `repeated.difference` and `repeated.p_value`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bootstrap import Estimate, student_quantile
from cnnbench.metrics.means import Floats


class Tested(NamedTuple):
    """The result of a test of no difference.

    Attributes:
        difference: First minus second, with its interval.
        name: Of the test, in the report.
        p: Two-sided; NaN where there is no test.
    """

    difference: Estimate
    name: str
    p: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_], level: float = 0.95) -> Tested:
    """Tests the difference of two accuracies: McNemar's mid-p.

    M. W. Fagerland, S. Lydersen and P. Laake, "The McNemar test for binary matched-pairs data: mid-p and asymptotic
    are better than exact conditional", BMC Med. Res. Methodol. 13:91 (2013). The interval is Bonett and Price's (J.
    Educ. Behav. Stat. 37, 2012), which they recommend beside it (Stat. Med. 33, 2014): it has a width even where both
    networks are correct on every example. `first` and `second` say where they are, shape (n,).

    Raises:
        ValueError: There is no example, or one has more than the other.
    """
    if not len(first) or first.shape != second.shape:
        raise ValueError(f"Expected two answers for each example, received shapes {first.shape} and {second.shape}.")
    # Only here: scipy.stats takes half a second to import
    from scipy.stats import binom

    n, won, lost = len(first), int((first & ~second).sum()), int((second & ~first).sum())
    few, both = min(won, lost), won + lost
    exact = min(1.0, 2 * float(binom.cdf(few, both, 0.5)))
    at = float(binom.pmf(few, both, 0.5))
    # Where both won as often, that point is in both tails, and doubling one would count it twice
    p = 1 - at / 2 if won == lost else exact - at
    plus, minus = (won + 1) / (n + 2), (lost + 1) / (n + 2)
    half = student_quantile(level, math.inf) * math.sqrt((plus + minus - (plus - minus) ** 2) / (n + 2))
    value = (won - lost) / n
    # The centre lies nearer to 0 than the value, by less than an example: the interval is widened to hold the value
    low, high = max(-1.0, min(value, plus - minus - half)), min(1.0, max(value, plus - minus + half))
    # Of no differing example the mid-p would be a half
    return Tested(Estimate(value, low, high), "McNemar (mid-p)", 1.0 if both == 0 else p)


def delong_test(positive: NDArray[np.bool_], first: Floats, second: Floats, level: float = 0.95) -> Tested:
    """Tests the difference of two areas under the ROC curve: DeLong's test (see `delong`).

    Where neither area varies, since both networks separate the classes perfectly, p is 1 for equal areas and NaN for
    others, and the interval comes from those of the areas (Zou, Psychol. Methods 12, 2007). `first` and `second` are
    the networks' scores of class 1, shape (n,).
    """
    name = "DeLong"
    (one, other), spread = delong.covariance(positive, np.stack([first, second]))
    value = float(one - other)
    variance = float(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    if math.isnan(variance):
        return Tested(Estimate(value, math.nan, math.nan), name, math.nan)
    if variance <= 1e-15:  # rounding alone: both order the examples alike, or both perfectly
        if np.diag(spread).max() > 1e-15:
            return Tested(Estimate(value, value, value), name, 1.0)
        # DeLong's error is 0 here; the intervals of the areas themselves, Wilson's, have a width
        a, b = (delong.auc(positive, score, level=level) for score in (first, second))
        low = value - math.hypot(a.value - a.low, b.high - b.value)
        high = value + math.hypot(a.high - a.value, b.value - b.low)
        return Tested(Estimate(value, low, high), name, 1.0 if value == 0 else math.nan)
    error = math.sqrt(variance)
    half = student_quantile(level, math.inf) * error
    p = 2 * (1 - NormalDist().cdf(abs(value) / error))
    return Tested(Estimate(value, max(-1.0, value - half), min(1.0, value + half)), name, p)


def holm(p: Sequence[float]) -> list[float]:
    """S. Holm's adjustment for several tests at once (Scand. J. Stat. 6, 1979); NaN, no test, stays NaN."""
    # A pair without a test can give no false alarm, so the others are not adjusted for it
    tested = sorted((value, index) for index, value in enumerate(p) if not math.isnan(value))
    adjusted, highest = [math.nan] * len(p), 0.0
    for rank, (value, index) in enumerate(tested):
        # Never below that of a smaller p: Holm's steps end at the first p that is not significant
        highest = max(highest, min(1.0, (len(tested) - rank) * value))
        adjusted[index] = highest
    return adjusted
