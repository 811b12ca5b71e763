"""Raw data and records against their checksums, and splits against their rules."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.config import FIXED, FOLDS, Params
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data import leakage, raw
from cnnbench.data.parts import choose_folds
from cnnbench.data.records import integrity, schema
from cnnbench.verification.finding import Finding

if TYPE_CHECKING:
    import pandas as pd


def check_data(knobs: Params, root: Path) -> Iterator[Finding]:
    """Checks raw data, split and records of every data set that is there."""
    for name in knobs.datasets:
        folder, split = root / "data/raw" / name, root / "data/splits" / f"{name}.parquet"
        records = root / "data/records" / name
        if folder.is_dir():
            yield _finding("raw", name, _check_raw(folder), f"run `dvc repro -f download@{name}`")
        if split.is_file():
            yield _finding("split", name, check_split(split, knobs), f"run `dvc repro -f split@{name}`")
        if records.is_dir():
            yield _finding("records", name, _check_records(records), f"run `dvc repro -f cache@{name}`")


def check_split(path: Path, knobs: Params) -> Iterator[str]:
    """What of a split is against the rules.

    Each example stands once, in one of ten folds or dropped with a reason; the folds make up the parts; groups and
    exact copies are in one fold where the protocol is grouped; checksum and audit are those of the file.
    """
    import pandas as pd

    frame, name = pd.read_parquet(path), path.stem
    described = files.read_json(path.with_suffix(".json"))
    if files.sha256(path) != described["sha256"]:
        yield f"{path.name} has another checksum than {path.with_suffix('.json').name} says"
    if frame["id"].duplicated().any():
        yield f"{frame['id'].duplicated().sum():,} examples stand twice"
    kept = frame[frame["dropped"] == ""]
    if not kept["fold"].isin(range(FOLDS)).all() or not (frame.loc[frame["dropped"] != "", "fold"] == -1).all():
        yield "an example is in no fold, or one that is dropped is in one"
    protocol = str(frame["protocol"].iloc[0])
    part_of = {
        fold: part for part, held in choose_folds(knobs.split, 0, fixed=protocol in FIXED).items() for fold in held
    }
    if (wrong := int((kept["fold"].map(part_of) != kept["split"]).sum())) != 0:
        yield f"{wrong:,} examples are in another part than their fold's"
    yield from _check_units(kept, protocol)
    counted = tuple(described["counts"]["test"])  # the classes, or "examples" of a regression
    audit = leakage.audit(frame, knobs.data(name).split.near_copies, counted if len(counted) > 1 else ())
    stored = files.read_json(path.with_suffix(".leakage.json"))
    # the pairs have pictures, for which every image would have to be looked at
    if audit.model_dump(mode="json") | {"pairs": stored["pairs"]} != stored:
        yield "the audit, made again, is not that of leakage.json"


def _check_units(kept: pd.DataFrame, protocol: str) -> Iterator[str]:
    if protocol != "grouped":
        return  # the others part groups by design, which the audit counts
    for column, noun in (("unit", "joined groups"), ("group", "groups"), ("sha256", "exact copies")):
        known = kept[kept[column] != ""]
        if (across := int((known.groupby(column)["fold"].agg(["min", "max"]).diff(axis=1)["max"] > 0).sum())) != 0:
            yield f"{across:,} {noun} are in more than one fold"


def _check_raw(folder: Path) -> Iterator[str]:
    with (folder / raw.TABLE).open(encoding="utf-8", newline="") as table:
        stated = [row["sha256"] for row in csv.DictReader(table)]
    found = [
        hashlib.sha256(example.data if isinstance(example.data, bytes) else example.data.tobytes()).hexdigest()
        for example in raw.read_examples(folder)
    ]
    if len(found) != len(stated):
        yield f"{len(found):,} examples, {len(stated):,} are listed"
    elif wrong := sum(ours != theirs for ours, theirs in zip(found, stated, strict=True)):
        yield f"{wrong:,} of {len(stated):,} examples have another checksum than {raw.TABLE} says"


def _check_records(folder: Path) -> Iterator[str]:
    for shard, received in integrity.find_damaged(folder, schema.read(folder).shards):
        yield f"{shard.file} has SHA-256 {shard.sha256} in {schema.FILE}, received {received}"


def _finding(check: str, name: str, faults: Iterator[str], remedy: str) -> Finding:
    try:
        found = list(faults)
    except UserError as error:
        return Finding(check, name, ok=False, text=str(error))
    except (OSError, KeyError, ValueError) as error:  # a file that is damaged or of another version
        found = [f"cannot be read: {' '.join(str(error).split())[:200]}"]
    return Finding(check, name, not found, f"{'; '.join(found)}: {remedy}" if found else "as it should be")
