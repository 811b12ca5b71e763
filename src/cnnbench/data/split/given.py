"""Takes a split from a file, such as a published split, unchanged by the versions of libraries."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pandas as pd

from cnnbench.config import FIXED, FOLDS, Protocol, Split
from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable
from cnnbench.data.parts import choose_folds

MISSING = "not in the split file"

_NAMES = get_args(Protocol)


def apply(frame: pd.DataFrame, path: Path, split: Split) -> pd.DataFrame:
    """Splits examples as in a file, matched by id, and prints the differences.

    Folds of the file are kept with the protocol that dealt them, so that the fold of a run can turn. Without them, test
    becomes fold 0, val fold 1, and the units of train are dealt in their order into folds 2 to 9.

    Args:
        frame: A row per example: id, sha256, unit and dropped.
        path: A .parquet or .csv file with the columns id and split (train, val or test), and optionally fold, protocol,
            unit, sha256 and dropped (the reason why an example is in no part).
        split: Shares and seed, for files with folds.

    Returns:
        The frame with unit, fold, protocol and dropped of the file.

    Raises:
        UserError: The file is missing, names an unknown example, or contradicts itself.
    """
    rows = _read(path)
    if len(unknown := rows.index.difference(pd.Index(frame["id"]))):
        raise UserError(
            f"Expected ids of examples in {path}, received {len(unknown):,} that are none, such as {unknown[0]!r}: "
            "is it the split of these data, with as many examples?"
        )
    protocol, fold = _read_folds(rows, path, split)
    # in the index of `frame`, by which pandas aligns all that follows
    entries = rows.reindex(frame["id"]).set_index(frame.index)
    frame = frame.assign(protocol=protocol, dropped=_decide_dropped(frame, entries))
    kept = frame["dropped"] == ""
    if "unit" in entries:
        frame.loc[kept, "unit"] = entries.loc[kept, "unit"].where(entries["unit"] != "", frame["unit"])
    if fold is None:
        # sorted: the deal does not depend on the order of the examples
        order = {unit: number for number, unit in enumerate(sorted(set(frame.loc[kept, "unit"])))}
        dealt = 2 + frame["unit"].map(order) % (FOLDS - 2)
        frame["fold"] = dealt.where(entries["split"] == "train", entries["split"].map({"test": 0, "val": 1}))
    else:
        # to_numpy, since pandas would align the ids with row numbers
        frame["fold"] = fold.reindex(frame["id"]).to_numpy()
    frame["fold"] = frame["fold"].where(kept, -1).astype("int64")
    _print_differences(frame, entries, path)
    return frame


def _read(path: Path) -> pd.DataFrame:
    """The columns of a split file as text, indexed by id."""
    try:
        if path.suffix == ".csv":
            # as text: ids such as 007 or NA stay as written; Excel puts a byte order mark in front
            rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        else:
            rows = pd.read_parquet(path)
    except FileNotFoundError:
        raise UserError(
            f"Expected a split file at {path}, received none: keep it outside data/splits, which DVC empties."
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"Expected a split file at {path}, received {' '.join(str(error).split())}.") from None
    if not {"id", "split"} <= set(rows.columns):
        raise UserError(f"Expected columns id and split in {path}, received {', '.join(map(str, rows.columns))}.")
    texts = [name for name in ("id", "split", "fold", "protocol", "unit", "sha256", "dropped") if name in rows]
    rows = rows[texts].fillna("").astype(str).set_index("id")
    if rows.index.has_duplicates:
        raise UserError(f"Expected every id once in {path}, received {rows.index[rows.index.duplicated()][0]!r} twice.")
    used = rows["dropped"] == "" if "dropped" in rows else pd.Series(True, rows.index)
    wrong = rows.index[used & ~rows["split"].isin(["train", "val", "test"])]
    if len(wrong):
        raise UserError(
            f"Expected split of every example in {path} to be train, val or test, received "
            f"{rows.loc[wrong[0], 'split']!r} of {wrong[0]!r}."
        )
    return rows


def _read_folds(rows: pd.DataFrame, path: Path, split: Split) -> tuple[str, pd.Series[float] | None]:
    """The protocol, and the folds where the file has both."""
    used = rows[rows["dropped"] == ""] if "dropped" in rows else rows
    named = sorted(set(used["protocol"])) if "protocol" in rows else []
    if named and (len(named) > 1 or named[0] not in _NAMES):
        raise UserError(
            f"Expected one protocol among {', '.join(_NAMES)} in {path}, received {', '.join(map(repr, named))}."
        )
    if not named or "fold" not in rows:
        return "official" if named == ["official"] else "given", None
    # coerce: text becomes NaN, which is no fold either
    fold = pd.to_numeric(used["fold"], errors="coerce")
    wrong = used.index[~fold.isin(range(FOLDS))]
    if len(wrong):
        raise UserError(
            f"Expected folds from 0 to {FOLDS - 1} in {path}, received {used.loc[wrong[0], 'fold']!r} of {wrong[0]!r}."
        )
    parts = choose_folds(split, 0, fixed=named[0] in FIXED)
    other = used.index[fold.map({fold: part for part, folds in parts.items() for fold in folds}) != used["split"]]
    if len(other):
        raise UserError(
            f"Expected fold and split in {path} to agree under the shares in params.yaml, received "
            f"{used.loc[other[0], 'split']!r} in fold {used.loc[other[0], 'fold']} of {other[0]!r}: set the shares as "
            "they were when the file was made, or remove the column fold."
        )
    return named[0], fold


def _decide_dropped(frame: pd.DataFrame, entries: pd.DataFrame) -> pd.Series[str]:
    """Reasons for dropped examples, of the file where it has them; an example that cannot be read is never kept."""
    reasons, listed = frame["dropped"].copy(), entries["split"].notna()
    if "dropped" in entries:
        decided = listed & ((entries["dropped"] != "") | (frame["sha256"] != ""))
        reasons[decided] = entries["dropped"][decided]
    reasons[~listed & (reasons == "")] = MISSING
    return reasons


def _print_differences(frame: pd.DataFrame, entries: pd.DataFrame, path: Path) -> None:
    used = entries["split"].notna() & (entries["dropped"] == "" if "dropped" in entries else True)
    kept, name = frame["dropped"] == "", printable(path.name)
    print(f"split as {name} says: {int(kept.sum()):,} examples")
    if missing := int((frame["dropped"] == MISSING).sum()):
        print(f"{missing:,} examples are not in {name} and are left out")
    if lost := int((used & ~kept).sum()):
        print(f"{lost:,} examples of {name} cannot be used and are left out")
    if "sha256" in entries:
        both = kept & (entries["sha256"] != "")
        if changed := int((both & (entries["sha256"] != frame["sha256"])).sum()):
            print(f"{changed:,} examples decode to other content than when {name} was made")
