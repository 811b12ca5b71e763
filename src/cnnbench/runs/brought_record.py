"""Predictions that others bring for the test part of a split: brought/<name>.json and .csv, which git tracks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cnnbench.core.stored_model import StoredModel

FOLDER = Path("brought")
ID, PREDICTION = "id", "prediction"
"""Columns of the CSV file; a classification has a column per class in place of `prediction`."""


class BroughtRecord(StoredModel):
    """Whose predictions these are of.

    Attributes:
        dataset, fold: Whose test part they are of.
        classes: In the order of their indices; none for a regression.
        examples: How many test examples.
        test: `digest` of their ids: of another split these predictions are not shown.
        trained_on: What the network started from, in the words of who brings them; empty where nothing is said.
    """

    dataset: str
    fold: int
    classes: tuple[str, ...]
    examples: int
    test: str
    trained_on: str = ""


def digest(ids: Iterable[str]) -> str:
    """The SHA-256, in hex, of ids in any order."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
