"""The parts of a split by the name of a run or a data set, for those who predict elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnbench.config import FIXED, Params
from cnnbench.core.errors import UserError, unknown
from cnnbench.data.parts import choose_folds

if TYPE_CHECKING:
    import pandas as pd


class Target(NamedTuple):
    """A data set, and the fold that tests."""

    dataset: str
    fold: int


def find(knobs: Params, name: str) -> Target:
    """The split of a run, or of a data set with fold 0.

    Raises:
        UserError: There is neither.
    """
    if name in knobs.runs:
        return Target(knobs.runs[name].dataset, knobs.runs[name].fold)
    if name in knobs.datasets:
        return Target(name, 0)
    raise unknown("a run or a data set", name, [*knobs.runs, *knobs.datasets])


def read(root: Path, knobs: Params, target: Target) -> pd.DataFrame:
    """The examples of a split that are used: id, group, label and part, which is train, val or test; sorted by id.

    Raises:
        UserError: The split is not there.
    """
    import pandas as pd

    path = root / "data/splits" / f"{target.dataset}.parquet"
    try:
        frame = pd.read_parquet(path, columns=["id", "group", "label", "fold", "protocol", "dropped"])
    except FileNotFoundError:
        raise UserError(f"Expected {path}, received none: run `dvc repro split@{target.dataset}` first.") from None
    frame = frame[frame["dropped"] == ""]
    fixed = bool(frame["protocol"].isin(FIXED).any())
    parts = choose_folds(knobs.split, target.fold, fixed=fixed)
    part = {fold: name for name, folds in parts.items() for fold in folds}
    return frame.assign(part=frame["fold"].map(part))[["id", "group", "label", "part"]].sort_values("id")
