"""Deals examples into ten folds: stratified, seeded, with groups and copies kept together.

Own code rather than scikit-learn's StratifiedGroupKFold: the split must not change with the version of a library, must
be quick for hundreds of thousands of groups, and saves 1.5 s of import in every split stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cnnbench.config import FOLDS
from cnnbench.core.errors import UserError


def stratify(labels: NDArray[np.float64], classes: int) -> NDArray[np.int64]:
    """The stratum of each example: its class, or the tenth of the targets to which it belongs.

    Args:
        labels: Class indices or regression targets, shape (n,).
        classes: Number of classes; 0 for a regression.

    Returns:
        Stratum indices, shape (n,).
    """
    if classes:
        return labels.astype(np.int64)
    edges = np.quantile(labels, np.linspace(0, 1, FOLDS + 1)[1:-1])
    return np.searchsorted(edges, labels, side="right")


def join(*keys: Sequence[str]) -> NDArray[np.int64]:
    """Joins examples that share any of several keys, directly or through other examples.

    Args:
        *keys: One string per example in each, such as its group or the hash of its content; empty where it has none.

    Returns:
        Index of the unit of each example, shape (n,), numbered by first appearance.
    """
    # a graph of examples and keys, with an edge from each example to each of its keys
    nodes = [[(kind, text) for kind, text in enumerate(row) if text] for row in zip(*keys, strict=True)]
    number = {node: index for index, node in enumerate(dict.fromkeys(chain.from_iterable(nodes)), len(nodes))}
    edges = np.array([(example, number[node]) for example, row in enumerate(nodes) for node in row]).reshape(-1, 2).T
    size = len(nodes) + len(number)
    graph = coo_array((np.ones(edges.shape[1], bool), edges), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return pd.factorize(component[: len(nodes)])[0].astype(np.int64)


def assign(
    stratum: NDArray[np.int64],
    group: NDArray[np.int64],
    seed: int,
    *,
    folds: int = FOLDS,
    placed: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Deals groups into folds so that each fold has its share of every stratum, as nearly as the groups allow.

    Largest groups first, ties in random order. Each goes to the fold with the smallest share of its strata; on a tie,
    to the smaller fold; then to the first fold of a seeded permutation.

    Args:
        stratum: Stratum of each example, shape (n,).
        group: Group of each example, shape (n,).
        seed: Of the order of ties.
        folds: Number of folds.
        placed: Fold of each group, numbered from 0, that has one already; -1 of the others.

    Returns:
        Fold of each example, 0 to `folds` - 1, shape (n,).

    Raises:
        UserError: There are fewer groups than folds, and one without a fold.
    """
    _, group = np.unique(group, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    fold_of = np.full(count, -1) if placed is None else placed.copy()
    if count < folds and (fold_of < 0).any():
        raise UserError(f"Expected at least {folds} groups of examples, one a fold, received {count}.")
    counts = np.zeros((count, int(stratum.max()) + 1))
    np.add.at(counts, (group, stratum), 1)
    # relative to the stratum, so that a rare class counts as much as a common one
    weights = counts / np.maximum(counts.sum(axis=0), 1)
    sizes = counts.sum(axis=1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(count)
    # largest first, since small groups can still even out the folds; stable keeps ties in random order
    order = order[np.argsort(-sizes[order], kind="stable")]
    preference = rng.permutation(folds)
    dealt = np.zeros((counts.shape[1], folds))
    total = np.zeros(folds)
    # those that have a fold come first: the others even out the folds round them
    for index in order[np.argsort(fold_of[order] < 0, kind="stable")]:
        # The sum of squared counts, each relative to its stratum, grows by this much and a constant. Stratum after
        # stratum: a matrix product rounds otherwise on another processor, even between equal folds, and decides ties
        growth = (dealt * weights[index][:, None]).sum(axis=0)
        # lexsort sorts by its last key first
        fold = np.lexsort((preference, total, growth))[0] if fold_of[index] < 0 else fold_of[index]
        dealt[:, fold] += counts[index]
        total[fold] += sizes[index]
        fold_of[index] = fold
    return fold_of[group]
