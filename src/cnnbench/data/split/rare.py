"""Rare classes: with fewer groups than there are folds, dealt so that train, validation and test each have some.

A class of 3 to 9 groups (patients, lesions) cannot be in every one of the ten folds. Its largest group goes to the
first training fold, the next to the first test fold, the next to the first validation fold, and the others to a fold
each, those of training first: with 8:1:1, six groups are four in train, one in validation and one in test. That holds
for `fold: 0`; a run whose `fold` turns to one without the class neither tests nor validates it. Fewer than 3 groups
cannot be in three parts, and are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

FREE = -1  # the fold of a group that the rule leaves to the usual deal


def place(
    label: NDArray[np.int64], unit: NDArray[np.int64], parts: Mapping[str, Sequence[int]], seed: int
) -> NDArray[np.int64]:
    """Deals the groups of rare classes into folds.

    Args:
        label: Class of each example, shape (n,).
        unit: Group of each example, numbered from 0, shape (n,).
        parts: Folds of train, and of val and test where these are dealt, too.
        seed: Of the order of groups of one size.

    Returns:
        Fold of each group; `FREE` where all its classes have as many groups as there are folds.
    """
    count = int(unit.max()) + 1 if len(unit) else 0
    fold_of = np.full(count, FREE)
    # the first fold of each part, then the others; where all folds train, any is as good
    firsts = [parts[part][0] for part in ("train", "test", "val") if part in parts]
    order = [*firsts, *(fold for part in ("train", "test", "val") for fold in parts.get(part, ())[1:])]
    chance = np.random.default_rng(seed).permutation(count)
    held = {int(index): np.bincount(unit[label == index], minlength=count) for index in np.unique(label)}
    # the rarest first, since it has the least choice
    for sizes in sorted(held.values(), key=np.count_nonzero):
        members = sizes.nonzero()[0]
        if len(members) < len(order):
            free = [fold for fold in order if fold not in fold_of[members]]
            waiting = members[fold_of[members] == FREE]
            waiting = waiting[np.lexsort((chance[waiting], -sizes[waiting]))]
            fold_of[waiting] = free[: len(waiting)]
    return fold_of
