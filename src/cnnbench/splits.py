"""The split file: a row per example, the record of who is in which fold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cnnbench import files, images, provenance, splitting
from cnnbench.params import Split

COLUMNS = ["id", "label", "group", "sha256", "fold", "split", "dropped"]


def make(raw: Path, split: Split) -> pd.DataFrame:
    """Splits the examples of a raw folder into ten folds.

    Args:
        raw: A folder that a source has filled.
        split: Shares and seed.

    Returns:
        Columns id, label, group, sha256 (of the decoded content), fold (0 to 9), split (train, val or test, of a run
        with fold 0), dropped (why an example is left out; empty where it is not), sorted by id.

    Raises:
        UserError: There are fewer than ten groups.
    """
    known = provenance.read(raw)
    channels = known.input_shape[-1]
    rows = []
    for example in provenance.examples(raw):
        image = len(known.input_shape) == 3
        content = images.decode(example.data, channels) if image else np.asarray(example.data)
        rows.append((example.id, example.label, example.group, images.digest(content)))
    frame = pd.DataFrame(rows, columns=COLUMNS[:4]).sort_values("id", ignore_index=True)
    stratum = splitting.strata(frame["label"].to_numpy(np.float64), len(known.classes))
    group = splitting.join_copies(frame["group"].tolist(), frame["sha256"].tolist())
    frame["fold"] = splitting.assign(stratum, group, split.seed)
    part = {fold: name for name, folds in split.folds(0).items() for fold in folds}
    frame["split"] = frame["fold"].map(part)
    frame["dropped"] = ""
    return frame


def counts(frame: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Examples per split and class; a regression has one entry, "examples", per split."""
    kept = frame[frame["dropped"] == ""]
    table: dict[str, dict[str, int]] = {}
    for part in ("train", "val", "test"):
        labels = kept.loc[kept["split"] == part, "label"]
        if classes:
            table[part] = {name: int((labels == index).sum()) for index, name in enumerate(classes)}
        else:
            table[part] = {"examples": len(labels)}
    return table


def write(path: Path, frame: pd.DataFrame) -> None:
    """Writes the split as Parquet."""
    with files.aside(path) as part:
        frame.to_parquet(part, index=False)


def read(path: Path) -> pd.DataFrame:
    """Reads a split file."""
    return pd.read_parquet(path)
