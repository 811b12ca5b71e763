"""The split file: the part and fold of every example."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cnnbench.config import FIXED, FOLDS, OWN, PARTS, Rule, Split
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path
from cnnbench.data.parts import choose_folds
from cnnbench.data.provenance import Provenance, read_provenance
from cnnbench.data.split import folds, given, near_copies, rare, scan

COLUMNS = ["id", "label", "group", "part", "sha256", "near", "unit", "fold", "split", "protocol", "dropped", "warning"]
"""Of the file, which then has the attributes."""
OWN_VAL = 0.05  # share of train and val; a publisher's validation part that is smaller is dealt again


def make(raw: Path, split: Split, rule: Rule | None = None) -> pd.DataFrame:
    """Splits the examples of a raw folder.

    Args:
        raw: A folder that the download step has filled.
        split: Shares and seed.
        rule: None for protocol grouped.

    Returns:
        A row per example, sorted by id: id, label, group, part (of the publisher's split), sha256 (of the decoded
        content), near (equal for images that look alike), unit (joined groups, kept in one fold), fold (0 to 9),
        split (train, val or test, of a run with fold 0), protocol, dropped (reason for fold -1; else empty), warning
        (what is odd about the file; else empty), the attributes, and perceptual_hash, which `write` leaves out.

    Raises:
        UserError: There is one class only, a class is missing from a part, there are fewer groups than parts or, of a
            regression, than folds, the publisher has no split where protocol is official, or a split file does not fit
            the examples.
    """
    rule = rule or Rule()
    provenance = read_provenance(raw)
    frame = scan.scan(raw, perceptual=rule.near_copies != "ignore" and len(provenance.input_shape) == 3)
    frame["near"] = near_copies.cluster(frame["perceptual_hash"].tolist())
    frame["protocol"] = rule.protocol
    kept = frame["dropped"] == ""
    # image-level deals each example alone
    frame["unit"] = frame["id"]
    if rule.protocol != "image-level":
        group = frame["group"].where(frame["group"] != "", frame["id"])
        # exact copies always stay together, whatever the rule for near ones
        keys = [group, frame["sha256"], *([frame["near"]] if rule.near_copies == "join" else [])]
        joined = folds.join(*(key[kept].tolist() for key in keys))
        # the smallest group names the unit, in any order of the examples
        frame.loc[kept, "unit"] = group[kept].groupby(joined).transform("min")
    if rule.file:
        frame = given.apply(frame, resolve_path(rule.file), split)
    _require_two_classes(frame, provenance, raw)
    if not rule.file:
        frame["fold"] = -1
        frame.loc[kept, "fold"] = _folds(frame[kept], split, rule, provenance)
    fixed = frame["protocol"].iloc[0] in FIXED
    part = {fold: name for name, held in choose_folds(split, 0, fixed=fixed).items() for fold in held}
    frame["split"] = frame["fold"].map(part).fillna("")
    _require_every_class(frame, provenance)
    return frame[[*COLUMNS, *provenance.attributes, "perceptual_hash"]]


def _require_two_classes(frame: pd.DataFrame, provenance: Provenance, raw: Path) -> None:
    usable = sorted(set(frame.loc[frame["dropped"] == "", "label"]))
    if provenance.classes and len(usable) < 2:
        only = ", ".join(provenance.classes[int(label)] for label in usable)
        raise UserError(
            f"Expected examples of at least two classes in {raw}, received {only or 'none that is usable'}."
        )


def _folds(frame: pd.DataFrame, split: Split, rule: Rule, provenance: Provenance) -> pd.Series[int]:
    if rule.protocol != "official":
        return _deal(frame, split, provenance, choose_folds(split, 0))
    if not (frame["part"] == "test").any():
        raise UserError(
            f"Expected data that come with a test part for protocol: official, received none from source: "
            f"{provenance.source} of {provenance.dataset}; set protocol: grouped."
        )
    rest = frame[frame["part"] != "test"]
    fold = pd.Series(0, frame.index)
    val = rest["part"] == "val"
    if val.mean() >= OWN_VAL:
        fold[rest.index[val]] = 1
        fold[rest.index[~val]] = 2 + _deal(rest[~val], split, provenance, {"train": list(range(FOLDS - 2))})
    else:
        dealt = {"val": [0], "train": list(range(1, FOLDS - 1))}
        fold[rest.index] = 1 + _deal(rest, split, provenance, dealt)
    return fold


def _deal(frame: pd.DataFrame, split: Split, provenance: Provenance, parts: dict[str, list[int]]) -> pd.Series[int]:
    """Deals examples into the folds of these parts, numbered from 0."""
    if frame.empty:  # all were given a part
        return pd.Series(0, frame.index)
    stratum = folds.stratify(frame["label"].to_numpy(np.float64), len(provenance.classes))
    unit = frame["unit"].factorize()[0].astype(np.int64)
    placed = rare.place(stratum, unit, parts, split.seed) if provenance.classes else None
    count = sum(map(len, parts.values()))
    return pd.Series(folds.assign(stratum, unit, split.seed, folds=count, placed=placed), frame.index)


def _require_every_class(frame: pd.DataFrame, provenance: Provenance) -> None:
    for part, held in counts(frame, provenance.classes).items():
        for name, count in held.items():
            if count == 0:
                raise UserError(
                    f"Expected {name} in train, val and test of {provenance.dataset}, received none in {part}: "
                    f"{_explain_absence(frame, provenance, name)}."
                )


def _explain_absence(frame: pd.DataFrame, provenance: Provenance, name: str) -> str:
    """Why a class is in too few parts, and what to do."""
    kept = frame[frame["dropped"] == ""]
    rows = kept[kept["label"] == provenance.classes.index(name)] if provenance.classes else kept
    protocol, units, enough = frame["protocol"].iloc[0], rows["unit"].nunique(), len(PARTS)
    few = units < enough and protocol != "given"
    remedies = []
    if provenance.definition == OWN and provenance.classes:
        remedies.append("join it to another class or leave it out, by `labels:` of its source")
    if provenance.examples < provenance.fetched:
        remedies.append("take more examples")
    if protocol == "official" and not few:
        remedies.append("set protocol: grouped")
    elif protocol in ("grouped", "official") and few and len(rows) >= enough:
        remedies.append("set protocol: image-level, which lets groups cross")
    noun = f"{'example' if protocol == 'image-level' else 'group'}{'' if units == 1 else 's'}"
    why = f"it has {units:,} {noun}, and takes {enough}" if few else "the split has none there"
    return f"{why}; {', or '.join(remedies)}" if remedies else why


def counts(frame: pd.DataFrame, classes: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Examples per split and class; a regression has one entry, "examples", per split."""
    table: dict[str, dict[str, int]] = {}
    for part in PARTS:
        labels = frame.loc[frame["split"] == part, "label"]
        if classes:
            table[part] = {name: int((labels == index).sum()) for index, name in enumerate(classes)}
        else:
            table[part] = {"examples": len(labels)}
    return table


def write(path: Path, frame: pd.DataFrame) -> None:
    """Writes the split as Parquet."""
    frame = frame.drop(columns="perceptual_hash", errors="ignore")
    with files.aside(path) as part:
        # not compressed: Snappy, the default, hashes with instructions of the processor, and its bytes differ with them
        frame.to_parquet(part, index=False, compression=None)
