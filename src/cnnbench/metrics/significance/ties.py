"""Ranks that admit what is not known: between which places a rank lies, and who is tied with whom."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics.means import Floats

LEVEL = 0.05  # of Holm-adjusted p, below which two can be told apart


class Standing(NamedTuple):
    """A place among several.

    Attributes:
        rank: 1 is best; equals share the better place.
        rank_low: One plus how many are significantly better.
        rank_high: How many are not significantly worse, this one included.
        tie_group: Letters; two with a letter in common cannot be told apart.
    """

    rank: int
    rank_low: int
    rank_high: int
    tie_group: str


def standings(scores: Sequence[float], p: Floats) -> list[Standing]:
    """The place of each.

    Args:
        scores: The higher, the better; NaN, which a network that diverged has, is worst.
        p: Adjusted p of no difference for each two, symmetric, shape (k, k); NaN where there is no test.
    """
    values = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-np.inf)
    better = values[:, None] > values[None, :]
    apart = (p < LEVEL) & (better | better.T)
    ranks = 1 + better.sum(axis=0)
    low, high = 1 + (apart & better).sum(axis=0), len(values) - (apart & better).sum(axis=1)
    order = np.argsort(-values, kind="stable")
    groups = dict(zip(order.tolist(), letters(apart[np.ix_(order, order)]), strict=True))
    return [
        Standing(int(ranks[i]), int(min(low[i], ranks[i])), int(max(high[i], ranks[i])), groups[i])
        for i in range(len(values))
    ]


def letters(apart: NDArray[np.bool_]) -> list[str]:
    """Letters such that two have one in common where, and only where, they cannot be told apart.

    H.-P. Piepho, "An algorithm for a letter-based representation of all-pairwise comparisons", J. Comput. Graph. Stat.
    13 (2004): insert and absorb.

    Args:
        apart: Which can be told apart, symmetric, shape (k, k), best first.

    Returns:
        Of each its letters, in alphabetical order; "a" is of the best.
    """
    k = len(apart)
    columns = [frozenset(range(k))]
    for i, j in zip(*np.nonzero(np.triu(apart, 1)), strict=True):
        pair = {int(i), int(j)}
        split = [column - {member} for column in columns if pair <= column for member in sorted(pair)]
        columns = _absorbed([*(column for column in columns if not pair <= column), *split])
    columns.sort(key=sorted)
    return ["".join(_letter(n) for n, column in enumerate(columns) if i in column) for i in range(k)]


def _absorbed(columns: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Without those that another one holds."""
    distinct = list(dict.fromkeys(columns))
    return [column for column in distinct if not any(column < other for other in distinct)]


def _letter(n: int) -> str:
    return string.ascii_letters[n] if n < len(string.ascii_letters) else f"({n + 1})"
