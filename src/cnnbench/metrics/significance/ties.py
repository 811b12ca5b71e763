"""Ranks with their uncertainty: the interval of each rank, and groups of ties."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats

LEVEL = 0.05  # of Holm-adjusted p, below which two differ


class Standing(NamedTuple):
    """A place among several.

    Attributes:
        rank: 1 is best; equals share the better place.
        rank_low: One plus the number of significantly better ones.
        rank_high: The number of those not significantly worse, this one included.
        tie_group: Letters; two with a letter in common do not differ significantly.
    """

    rank: int
    rank_low: int
    rank_high: int
    tie_group: str


def standings(scores: Sequence[float], p: Floats) -> list[Standing]:
    """Ranks several scores.

    Args:
        scores: The higher, the better; NaN, from a diverged network, is worst.
        p: Adjusted p of no difference for each two, symmetric, shape (k, k); NaN where there is no test.
    """
    values = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-np.inf)
    better = values[:, None] > values[None, :]
    # NaN < LEVEL is false: without a test two are not told apart. Of equals neither can be better
    apart = (p < LEVEL) & (better | better.T)
    ranks = 1 + better.sum(axis=0)
    low, high = 1 + (apart & better).sum(axis=0), len(values) - (apart & better).sum(axis=1)
    # Stable, so that equals keep their order and their letters on every run
    order = np.argsort(-values, kind="stable")
    groups = dict(zip(order.tolist(), letters(apart[np.ix_(order, order)]), strict=True))
    return [
        Standing(int(ranks[i]), int(min(low[i], ranks[i])), int(max(high[i], ranks[i])), groups[i])
        for i in range(len(values))
    ]


def letters(apart: NDArray[np.bool_]) -> list[str]:
    """Letters such that two have one in common if, and only if, they do not differ significantly.

    H.-P. Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons", J. Comput. Graph. Stat.
    13 (2004): insert and absorb.

    Args:
        apart: Which pairs differ significantly, symmetric, shape (k, k), best first.

    Returns:
        The letters of each, in alphabetical order; the best has "a".
    """
    k = len(apart)
    columns = [frozenset(range(k))]
    for i, j in zip(*np.nonzero(np.triu(apart, 1)), strict=True):
        pair = {int(i), int(j)}
        split = [column - {member} for column in columns if pair <= column for member in sorted(pair)]
        columns = _absorb([*(column for column in columns if not pair <= column), *split])
    # By their best member: then the best network has "a"
    columns.sort(key=sorted)
    return ["".join(_letter(n) for n, column in enumerate(columns) if i in column) for i in range(k)]


def _absorb(columns: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Drops columns that another one includes."""
    distinct = list(dict.fromkeys(columns))
    return [column for column in distinct if not any(column < other for other in distinct)]


def _letter(n: int) -> str:
    return string.ascii_letters[n] if n < len(string.ascii_letters) else f"({n + 1})"
