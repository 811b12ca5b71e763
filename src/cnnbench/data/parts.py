"""Assigns the ten folds to the parts train, val and test."""

from __future__ import annotations

from cnnbench.config import FOLDS, Split


def choose_folds(split: Split, fold: int, *, fixed: bool = False) -> dict[str, list[int]]:
    """Assigns the ten folds to the parts of a run.

    Args:
        split: The shares, in whole tenths.
        fold: The first test fold.
        fixed: Whether the test part is given: then test is fold 0, val is fold 1, and neither turns.

    Returns:
        Fold indices, 0 to 9, of train, val and test; each fold is in one of them.
    """
    if fixed:
        return {"train": list(range(2, FOLDS)), "val": [1], "test": [0]}
    turned = [(fold + i) % FOLDS for i in range(FOLDS)]
    test, val = round(split.test * FOLDS), round(split.val * FOLDS)
    return {"train": turned[test + val :], "val": turned[test : test + val], "test": turned[:test]}
