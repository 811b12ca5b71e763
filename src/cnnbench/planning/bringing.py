"""Takes predictions that others bring for the test part of a split, after they have been checked, into brought/."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from pathlib import Path

from cnnbench.config import Params
from cnnbench.config.section import check_name
from cnnbench.core import files
from cnnbench.core.csv_cells import guard, unguard
from cnnbench.core.errors import UserError, suggest
from cnnbench.data.provenance import read_provenance
from cnnbench.data.sources.own.user_table import UserTable
from cnnbench.planning import split_parts
from cnnbench.planning.split_parts import Target
from cnnbench.runs.brought_record import FOLDER, ID, PREDICTION, BroughtRecord, digest

TOLERANCE = 1e-3
"""How far the probabilities of an example may be from 1 together: three decimals are often all that is kept."""


def bring(knobs: Params, root: Path, table: Path, name: str, of: str | None = None, trained_on: str = "") -> Path:
    """Checks predictions, and writes brought/<name>.csv and .json.

    Args:
        knobs: params.yaml.
        root: Its folder.
        table: A CSV file with the columns id and, of a classification, a probability per class, else prediction.
        name: Of the row on the leaderboard.
        of: The run or the data set whose test part it is; None finds it by the ids.
        trained_on: What the network started from; empty for nothing.

    Returns:
        The CSV file.

    Raises:
        UserError: The name is taken, or the predictions are not those of a test part: ids are missing, surplus or
            doubled, classes are others, or numbers are no probabilities.
    """
    _check_name(knobs, root, name)
    found = UserTable(table)
    ids = _read_ids(found)
    target = split_parts.find(knobs, of) if of else _guess(knobs, root, table, ids)
    split = split_parts.read(root, knobs, target)
    tested = set(split.loc[split["part"] == "test", ID])
    _check_ids(table, target, ids, tested)
    classes = read_provenance(root / "data/raw" / target.dataset).classes
    values = _read_values(found, list(classes) or [PREDICTION], probabilities=bool(classes))
    record = BroughtRecord(
        dataset=target.dataset,
        fold=target.fold,
        classes=classes,
        examples=len(ids),
        test=digest(tested),
        trained_on=trained_on,
    )
    path = root / FOLDER / f"{name}.csv"
    files.write_text(path, _as_csv(list(classes) or [PREDICTION], dict(zip(ids, values, strict=True))))
    files.write_json(path.with_suffix(".json"), record.model_dump())
    return path


def _check_name(knobs: Params, root: Path, name: str) -> None:
    try:
        check_name(name)
    except ValueError as error:
        raise UserError(f"Expected {error}: choose another --name.") from None
    if name in {*knobs.runs, *knobs.tests} or (root / FOLDER / f"{name}.json").exists():
        raise UserError(
            f"Expected a name that no run, test or earlier file in {FOLDER}/ has, received {name}: choose another, or "
            f"remove {FOLDER}/{name}.csv and .json."
        )


def _read_ids(table: UserTable) -> list[str]:
    (column,) = table.require(ID, remedy="`cnnbench split export` lists the ids")
    ids: dict[str, int] = {}
    for line, row in table.rows():
        name = unguard(row[column].strip())
        if name in ids:
            raise UserError(
                f"Expected each id once in {table.path}, received {name!r} in lines {ids[name]} and {line}: leave one."
            )
        ids[name] = line
    if not ids:
        raise UserError(f"Expected a line per test example in {table.path}, received none.")
    return list(ids)


def _guess(knobs: Params, root: Path, table: Path, ids: Sequence[str]) -> Target:
    """The one split whose test part shares most ids."""
    targets = sorted({split_parts.find(knobs, name) for name in (*knobs.runs, *knobs.datasets)})
    shared: dict[Target, int] = {}
    for target in targets:
        if (root / "data/splits" / f"{target.dataset}.parquet").exists():
            split = split_parts.read(root, knobs, target)
            shared[target] = len(set(split.loc[split["part"] == "test", ID]) & set(ids))
    most = max(shared.values(), default=0)
    best = [target for target, count in shared.items() if count == most]
    if not most:
        raise UserError(
            f"Expected ids of a test part in {table}, received {ids[0]!r} and others of none that is split here: "
            "`cnnbench split export` lists the ids, which are text: 007 is not 7."
        )
    if len(best) > 1:
        names = ", ".join(f"{target.dataset} (fold {target.fold})" for target in best)
        raise UserError(f"Expected ids of one test part in {table}, received those of {names}: name one by --of.")
    return best[0]


def _check_ids(table: Path, target: Target, ids: Collection[str], tested: Collection[str]) -> None:
    where = f"test examples of {target.dataset}, fold {target.fold}"
    different = {"lacks": set(tested) - set(ids), "has besides": set(ids) - set(tested)}
    said = [
        f"{what} {len(odd):,} {'id' if len(odd) == 1 else 'ids'}, such as {min(odd)!r}"
        for what, odd in different.items()
        if odd
    ]
    if said:
        raise UserError(
            f"Expected a line in {table} for each of the {len(tested):,} {where}, and no other, received one that "
            f"{' and '.join(said)}: `cnnbench split export` lists them."
        )


def _read_values(table: UserTable, columns: list[str], *, probabilities: bool) -> list[list[float]]:
    rest = [name for name in table.header if name.casefold() != ID]
    if sorted(rest) != sorted(columns):
        odd = next((name for name in (*rest, *columns) if name not in columns or name not in rest), "one twice")
        other = columns if odd in rest else rest
        raise UserError(
            f"Expected the columns id, {', '.join(columns)} in {table.path}, received {', '.join(table.header)}; "
            f"{odd!r} is {'none of them' if odd in rest else 'missing'}{suggest(odd, other)}."
        )
    found = []
    for line, row in table.rows():
        where = f"line {line} of {table.path}"
        try:
            numbers = [float(row[name]) for name in columns]
        except ValueError:
            numbers = [math.nan]
        if not all(map(math.isfinite, numbers)):
            received = ", ".join(repr(row[name]) for name in columns)
            remedy = "write decimals with a point" if any("," in row[name] for name in columns) else "correct them"
            raise UserError(f"Expected finite numbers in {where}, received {received}: {remedy}.")
        if probabilities and (min(numbers) < 0 or abs(sum(numbers) - 1) > TOLERANCE):
            raise UserError(
                f"Expected probabilities of at least 0 that sum to 1 in {where}, received "
                f"{', '.join(f'{number:g}' for number in numbers)}, which sum to {sum(numbers):g}: apply softmax to "
                "scores, and give a column to each class."
            )
        found.append(numbers)
    return found


def _as_csv(columns: list[str], values: dict[str, list[float]]) -> str:
    """Sorted by id, so that the order of who brings them changes nothing; numbers as Python writes them, in full."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([ID, *columns])
    writer.writerows([guard(one), *map(repr, values[one])] for one in sorted(values))
    return text.getvalue()
