"""Selective classification: how often a classifier errs where it may leave the examples that it is least sure of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats


def risk_coverage(correct: NDArray[np.bool_], confidence: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """The share of wrong answers among the surest 1, 2, ... n examples.

    R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective classification", JMLR 11 (2010). Examples of
    one confidence share their errors evenly, so that their order in the file does not matter.

    Args:
        correct: Of each example, shape (n,).
        confidence: Finite, such as the highest score, shape (n,).

    Returns:
        Coverage, 1/n to 1, and risk; each of shape (n,).
    """
    n = len(correct)
    order = np.argsort(-confidence, kind="stable")
    errors, sure = np.cumsum(~correct[order]).astype(np.float64), confidence[order]
    ends = np.append(np.flatnonzero(np.diff(sure)), n - 1) + 1  # how many are as sure as that, or surer
    kept = np.arange(1, n + 1)
    shared = np.interp(kept, np.append(0, ends), np.append(0.0, errors[ends - 1]))
    return kept / n, shared / kept


def area(risk: Floats) -> float:
    """The area under the curve of `risk_coverage`: the mean risk over all coverages, less is better.

    Y. Geifman, G. Uziel and R. El-Yaniv, "Bias-reduced uncertainty estimation", ICLR 2019.
    """
    return float(risk.mean())


def at_coverages(risk: Floats, coverages: Floats) -> Floats:
    """The risk at some coverages within (0, 1]: of the fewest surest examples that make up each."""
    # A share such as 0.07 of 100 is 7.000000000000001
    kept = np.ceil(np.round(coverages * len(risk), 9)).astype(np.int64)
    return risk[np.clip(kept, 1, len(risk)) - 1]
