"""Shares of examples with Wilson's interval: of independent examples, and where examples share a patient."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import Estimate, Groups, check_level, find_units, student_quantile


def wilson(p: float, n: float, level: float = 0.95, freedom: float = math.inf) -> Estimate:
    """A proportion with Wilson's score interval, which holds its level near 0 and 1 and for small n.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc.
    22 (1927); recommended by Brown, Cai and DasGupta, Stat. Sci. 16 (2001). No continuity correction.

    Args:
        p: The share, within 0..1.
        n: The number of independent trials with the same variance, above 0; not always whole.
        level: Of the interval, between 0 and 1.
        freedom: Degrees of freedom of n where it is an estimate; infinite where it is known.

    Raises:
        ValueError: level is not within (0, 1).
    """
    z = NormalDist().inv_cdf((1 + check_level(level)) / 2)
    # Student's t enters as fewer trials, not as a longer half: the ends stay within 0 and 1
    n *= (z / student_quantile(level, freedom)) ** 2
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At both ends the formula gives 0 and 1, except for rounding
    return Estimate(p, 0.0 if p == 0 else centre - half, 1.0 if p == 1 else centre + half)


def proportion(correct: NDArray[np.bool_], groups: Groups = None, level: float = 0.95) -> Estimate:
    """The share of correct examples, with Wilson's interval for their effective number.

    Where groups repeat, the variance between groups gives the number of independent examples with the same variance
    (the design effect: J. N. K. Rao and A. J. Scott, Biometrics 48, 1992), with Student's t for the number of groups
    (E. L. Korn and B. I. Graubard, Surv. Methodol. 24, 1998). It is limited to between the number of groups, weighted
    by size, and that of examples; it is the former where all or none are correct. In simulation it covers better than
    resampled groups, above all near 1 and for few groups.

    Returns:
        NaN, with an interval of 0 to 1, for no example; an interval of NaN for one group of several examples.

    Raises:
        ValueError: level is not within (0, 1), or groups and examples differ in number.
    """
    n = len(correct)
    if groups is not None and len(groups) != n:
        raise ValueError(f"Expected a group for each of {n} examples, received {len(groups)}.")
    units, unit_of = find_units(n, groups)
    if n == 0:
        return Estimate(math.nan, 0.0, 1.0)
    p = int(correct.sum()) / n
    if unit_of is None:
        return wilson(p, n, level)
    if units == 1:
        return Estimate(p, math.nan, math.nan)
    variance = units / (units - 1) * float(np.square(np.bincount(unit_of, correct - p)).sum()) / n**2
    # As if all examples of a group were alike
    least = n * n / float(np.square(np.bincount(unit_of)).sum())
    # No variance to estimate from: the fewest trials are the safe side
    if p in (0, 1):
        return wilson(p, least, level, units - 1)
    effective = p * (1 - p) / variance if variance > 0 else n
    # The variance of few groups is rough: by chance it may promise more trials than examples
    return wilson(p, min(max(effective, least), n), level, units - 1)


def fewest_groups(labels: NDArray[np.integer], groups: Groups) -> int:
    """The number of groups, or of examples without groups, of the rarest class among the labels."""
    units = np.arange(len(labels)) if groups is None else np.asarray(groups)
    return min(len(np.unique(units[labels == index])) for index in np.unique(labels))


def below_one(estimate: Estimate, trials: int) -> Estimate:
    """The estimate; where it is 1 in every draw, 1 with the low end of Wilson's interval."""
    return wilson(1.0, trials) if estimate == (1, 1, 1) else estimate


def logit_interval(p: float, variance: float, freedom: float, level: float = 0.95) -> Estimate:
    """A value within (0, 1) with the interval of its logit, by Student's t."""
    centre, half = math.log(p / (1 - p)), student_quantile(level, freedom) * math.sqrt(variance) / (p * (1 - p))
    # The hyperbolic tangent is the logistic function without overflow
    low, high = (0.5 + 0.5 * math.tanh(end / 2) for end in (centre - half, centre + half))
    return Estimate(p, low, high)
