"""Shares of examples, whose interval is Wilson's: alone, and where examples share a patient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.intervals.bootstrap import Estimate, checked, student, units_of


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """A proportion with Wilson's score interval, which holds its level near 0 and 1 and for small n.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc.
    22 (1927); recommended by Brown, Cai and DasGupta, Stat. Sci. 16 (2001). No continuity correction. It
    takes the trials as independent: where examples share a patient, it is too narrow.

    Args:
        successes: How many trials succeeded, 0 to n.
        n: How many trials there were; for 0 the value is NaN and the interval 0 to 1.
        level: Of the interval, between 0 and 1.

    Returns:
        successes / n and the interval's ends.

    Raises:
        ValueError: successes is not within 0..n, or level not within (0, 1).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"Expected successes within 0..n, received successes={successes}, n={n}.")
    if n == 0:
        checked(level)
        return Estimate(math.nan, 0.0, 1.0)
    return wilson_of_share(successes / n, n, level)


def wilson_of_share(p: float, n: float, level: float = 0.95, freedom: float = math.inf) -> Estimate:
    """Wilson's interval of a share p that is as sure as one of n independent trials; n need not be whole.

    Args:
        p: Within 0..1.
        n: Above 0.
        level: Of the interval, between 0 and 1.
        freedom: Degrees of freedom of the estimate that n is; infinite where n is known.
    """
    z = NormalDist().inv_cdf((1 + checked(level)) / 2)
    n *= (z / student(level, freedom)) ** 2
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At both ends the formula gives 0 and 1 but for rounding.
    return Estimate(p, 0.0 if p == 0 else centre - half, 1.0 if p == 1 else centre + half)


def proportion(
    right: NDArray[np.bool_], groups: Sequence[str] | NDArray[Any] | None = None, level: float = 0.95
) -> Estimate:
    """The share of examples that are right: Wilson's interval, for as many examples as those of groups are worth.

    Where groups repeat, their share's variance between groups says how many independent examples would be as sure (the
    design effect: J. N. K. Rao and A. J. Scott, Biometrics 48, 1992), with Student's t for the number of groups (E. L.
    Korn and B. I. Graubard, Surv. Methodol. 24, 1998). That number is held between that of groups, counted by their
    size, and that of examples, and is the former where all are right or none. In simulation it covers better than
    drawing groups, above all near 1 and for few groups.

    Args:
        right: Shape (n,).
        groups: The group of each example, shape (n,); None where each is its own.
        level: Of the interval, between 0 and 1.

    Returns:
        Of no example NaN, 0 to 1. Of one group of several examples an interval of NaN.

    Raises:
        ValueError: level is not within (0, 1), or groups and examples differ in number.
    """
    n, hits = len(right), int(right.sum())
    if groups is not None and len(groups) != n:
        raise ValueError(f"Expected a group for each of {n} examples, received {len(groups)}.")
    units, unit_of = units_of(n, groups)
    if unit_of is None or n == 0:
        return wilson(hits, n, level)
    p = hits / n
    if units == 1:
        return Estimate(p, math.nan, math.nan)
    variance = units / (units - 1) * float(np.square(np.bincount(unit_of, right - p)).sum()) / n**2
    least = n * n / float(np.square(np.bincount(unit_of)).sum())
    if p in (0, 1):
        return wilson_of_share(p, least, level, units - 1)
    worth = p * (1 - p) / variance if variance > 0 else n
    return wilson_of_share(p, min(max(worth, least), n), level, units - 1)


def fewest_groups(labels: NDArray[np.integer], groups: Sequence[str] | NDArray[Any] | None) -> int:
    """How many groups, or examples where there are none, the rarest of the classes that occur has."""
    of = np.arange(len(labels)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    return min(len(np.unique(of[labels == index])) for index in np.unique(labels))


def below_one(estimate: Estimate, trials: int) -> Estimate:
    """An estimate, or where it is 1 and no draw was anything else, 1 with the low end of Wilson's interval."""
    return wilson_of_share(1.0, trials) if estimate == (1, 1, 1) else estimate


def on_logit_scale(p: float, variance: float, freedom: float, level: float = 0.95) -> Estimate:
    """A value within (0, 1) of that variance, with the interval of its logit, by Student's t."""
    centre, half = math.log(p / (1 - p)), student(level, freedom) * math.sqrt(variance) / (p * (1 - p))
    # The hyperbolic tangent is the logistic function without its overflow.
    low, high = (0.5 + 0.5 * math.tanh(end / 2) for end in (centre - half, centre + half))
    return Estimate(p, low, high)
