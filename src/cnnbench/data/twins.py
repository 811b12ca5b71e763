"""Twins: test examples that share content, look or group with an example of train or validation.

A network has seen as good as the same example; on it, its figure says little of new ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # only the types: the report reads audits and need not load pandas for it
    import pandas as pd

KEYS = ("sha256", "near", "group")
"""What twins share, as columns of a split: content, near copies where they were looked for, patient or lesion."""


def has_twin(examples: pd.DataFrame, part: pd.Series[str], keys: Sequence[str] = KEYS) -> pd.Series[bool]:
    """Which test examples have a twin in train or val.

    Args:
        examples: With the columns `keys`; an empty value is unknown, and shared with nobody.
        part: train, val or test of each, in the same index; any other value is in no part.
        keys: One value in common makes a twin.

    Returns:
        In the same index; False for all that are in no test part.
    """
    test, seen = part == "test", part.isin(["train", "val"])
    found = test & False
    for key in keys:
        found |= test & (examples[key] != "") & examples[key].isin(examples.loc[seen, key])
    return found


def of_run(split: pd.DataFrame, parts: Mapping[str, Sequence[int]]) -> pd.Series[bool]:
    """Which test examples of a run have a twin in its train or validation part.

    Args:
        split: Of the data set, as `data/splits/<set>.parquet` has it.
        parts: Folds of train, val and test, as `choose_folds` gives them for the run's fold.

    Returns:
        By id, of the run's test examples, in the order of `split`.
    """
    part = split["fold"].map({fold: name for name, folds in parts.items() for fold in folds}).fillna("")
    # a dropped example is in fold -1, and so in no part
    twin = has_twin(split, part)
    return twin.set_axis(split["id"])[(part == "test").to_numpy()]
