"""What the split of a data set knows of the test examples of a run: group, twins, attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data import twins
from cnnbench.data.provenance import Provenance
from cnnbench.evaluation import bands


class Facts(NamedTuple):
    """What is known of n test examples, in their order.

    Attributes:
        groups: Of each for the intervals, shape (n,): what the split keeps together; where it deals images one by one
            their patients, which it parts.
        twin: Whether each has a twin in training or validation, shape (n,).
        attributes: A column per attribute, values as the user's table has them.
        subgroups: By attribute and subgroup: which examples are in it, shape (n,); those without a value come last.
        notes: Attributes without subgroups, a line each with the reason.
    """

    groups: NDArray[np.str_]
    twin: NDArray[np.bool_]
    attributes: pd.DataFrame
    subgroups: Mapping[str, Mapping[str, NDArray[np.bool_]]]
    notes: tuple[str, ...]

    def add_to(self, chosen: Mapping[str, float]) -> dict[str, Any]:
        """Adds what the record of a run holds of them to what validation data chose."""
        return {**chosen, "twins": int(self.twin.sum()), "subgroup_notes": self.notes}


def read(path: Path, ids: NDArray[np.str_], provenance: Provenance, parts: Mapping[str, Sequence[int]]) -> Facts:
    """Reads the facts on test examples from the split of their data set.

    Args:
        path: `data/splits/<set>.parquet`.
        ids: Of the test examples.
        provenance: Of the data set, with the names of its attributes.
        parts: The folds of train, val and test in this run.

    Raises:
        UserError: The file is missing or damaged, or of other examples.
    """
    attributes, again = list(provenance.attributes), f"run `dvc repro split@{path.stem}`"
    try:
        split = pd.read_parquet(path).set_index("id", drop=False)
        rows = split.loc[ids.tolist()]
        # bands are of the whole data set, so that all folds and runs have the same ones
        known = split.loc[split["dropped"] == "", attributes]
        twin = twins.of_run(split.reset_index(drop=True), parts).loc[rows["id"]]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"Expected the split of the test examples in {path}, received {error}: {again}.") from None
    parted = (rows["protocol"] == "image-level").any()
    group = rows["group"].where(rows["group"] != "", rows["id"]) if parted else rows["unit"]
    subgroups, notes = {}, []
    for name in attributes:
        try:
            subgroups[name] = bands.divide(known[name], rows[name])
        except ValueError as error:
            notes.append(f"No subgroups by {name}: {error}")
    return Facts(group.to_numpy(np.str_), twin.to_numpy(bool), rows[attributes], subgroups, tuple(notes))
