"""Ten folds: stratified, seeded, never parting a group or exact copies.

Own code rather than scikit-learn's StratifiedGroupKFold: the split must not change with a library's version, must be
quick for hundreds of thousands of groups, and need not cost 1.5 s of import in every split stage.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnbench.errors import UserError
from cnnbench.params import FOLDS


def strata(labels: NDArray[np.float64], classes: int) -> NDArray[np.int64]:
    """What each example is stratified by: its class, or the tenth of the targets in which it lies.

    Args:
        labels: Class indices or regression targets, shape (n,).
        classes: How many classes there are; 0 for a regression.

    Returns:
        Stratum indices, shape (n,).
    """
    if classes:
        return labels.astype(np.int64)
    edges = np.quantile(labels, np.linspace(0, 1, FOLDS + 1)[1:-1])
    return np.searchsorted(edges, labels, side="right")


def join_copies(groups: Sequence[str], digests: Sequence[str]) -> NDArray[np.int64]:
    """Joins groups that hold an exact copy of one another's examples.

    Args:
        groups: Group of each example.
        digests: Hash of each example's content.

    Returns:
        Index of each example's joined group, shape (n,), numbered by first appearance.
    """
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]  # halve the path, so that the next look-up is shorter
            node = parent[node]
        return node

    for group, digest in zip(groups, digests, strict=True):
        parent[root("#" + digest)] = root("@" + group)
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(root("@" + group), len(numbers)) for group in groups], dtype=np.int64)


def assign(stratum: NDArray[np.int64], group: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Deals groups into ten folds so that each fold has a tenth of every stratum, as nearly as the groups allow.

    Largest groups first, ties in random order; each goes to the fold that has least of what it brings, relative to how
    much of it there is; then to the smaller fold; then to the one that a seeded permutation puts first.

    Args:
        stratum: Stratum of each example, shape (n,).
        group: Group of each example, shape (n,).
        seed: Of the order of ties.

    Returns:
        Fold of each example, 0 to 9, shape (n,).

    Raises:
        UserError: There are fewer than ten groups.
    """
    _, group = np.unique(group, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    if count < FOLDS:
        raise UserError(f"Expected at least {FOLDS} groups of examples, one a fold, received {count}.")
    brings = np.zeros((count, int(stratum.max()) + 1))
    np.add.at(brings, (group, stratum), 1)
    weights = brings / np.maximum(brings.sum(axis=0), 1)
    sizes = brings.sum(axis=1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    order = order[np.argsort(-sizes[order], kind="stable")]
    preference = rng.permutation(FOLDS)
    held = np.zeros((FOLDS, brings.shape[1]))
    total = np.zeros(FOLDS)
    fold_of = np.empty(count, dtype=np.int64)
    for index in order:
        # The sum of squared counts, each relative to its stratum, grows by this much and a constant.
        growth = held @ weights[index]
        fold = np.lexsort((preference, total, growth))[0]
        held[fold] += brings[index]
        total[fold] += sizes[index]
        fold_of[index] = fold
    return fold_of[group]
