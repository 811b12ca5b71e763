"""Images listed in a user's table: a column with files, one with labels, and maybe groups, parts and attributes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from cnnbench.config import SourceChoice
from cnnbench.core.errors import UserError
from cnnbench.data.sources.own.folder_names import PARTS, part_of
from cnnbench.data.sources.own.label_map import LabelMap
from cnnbench.data.sources.own.listed import Listed, Listing, canonical_name, list_file
from cnnbench.data.sources.own.table_paths import TablePaths
from cnnbench.data.sources.own.user_table import UserTable, is_missing
from cnnbench.data.sources.walking import look

_PATIENT = re.compile(
    r"(?:^|[_\W])(?:patient|subject|lesion|slide|study|case|person)s?[_\W]?(?:id|name|number|no|nr)?$", re.IGNORECASE
)
"""A column that may tell which images belong together."""


class _Columns(NamedTuple):
    file: str
    label: str
    group: str | None
    split: str | None
    attributes: list[str]


def list_images(path: Path, choice: SourceChoice, labels: LabelMap, root: Path, *, part: str = "") -> Listing:
    """The images in a table.

    A file is a path below `root`, with or without the source's extension, and becomes the id; a name alone is also
    found in the folders below. An image without a group is its own group; without a part, it is in `part`.

    Args:
        path: The table.
        choice: The source.
        labels: Renames the labels; an image whose label it leaves out may be missing.
        root: The folder of the images.
        part: train, val or test, where the table is that of a part; else empty.

    Raises:
        UserError: A column, a label or a file is missing, a file is listed twice, or a path leaves the folder.
    """
    table = UserTable(path)
    columns = _find_columns(table, choice)
    wanted = _find_filter(table, choice)
    paths = TablePaths(root, choice.extension, path)
    images: dict[str, Listed] = {}
    known: set[str] = set()
    ungrouped = others = 0
    attributes = columns.attributes
    for line, row in table.rows():
        where = f"line {line} of {path}"
        key, file = paths.find(row[columns.file], line)
        if key in known:
            raise UserError(
                f"Expected one line per file in {path}, received {key!r} twice, as "
                f"{images[key].label if key in images else 'left out'!r} and {row[columns.label].strip()!r}: "
                f"line {line}."
            )
        known.add(key)
        if any(row[column].strip() not in values for column, values in wanted.items()):
            others += 1
            labels.see(row[columns.label].strip())  # one list of labels serves all clinics of a table
            continue
        label = _read_label(row[columns.label], labels, where)
        if label is None:
            continue
        paths.require(file, row[columns.file], line)
        group = row[columns.group].strip() if columns.group else ""
        if columns.group and is_missing(group):
            ungrouped, group = ungrouped + 1, ""
        images[key] = list_file(
            look(file or root),
            key,
            label,
            group=canonical_name(group),
            part=read_part(row[columns.split], where) if columns.split else part,
            attributes=tuple("" if is_missing(row[name]) else " ".join(row[name].split()) for name in attributes),
        )
    paths.refuse_missing()
    if not known:
        raise UserError(f"Expected a line per image in {path}, received none.")
    if wanted and not images:
        raise UserError(
            f"Expected lines of {path} with the values of source.where in params.yaml, received none: {choice.where}."
        )
    notes = paths.describe_unlisted()
    if others:
        notes.append(f"left out: {others:,} of {len(known):,} lines of the table, which source.where does not name")
    if not columns.group and (patients := [name for name in table.header if _PATIENT.search(name)]):
        notes.append(
            f"no groups: if the column {patients[0]!r} tells which images belong together, set source.columns in "
            f"params.yaml to {{..., group: {patients[0]}}}"
        )
    if ungrouped:
        notes.append(
            f"{ungrouped:,} of {len(images):,} images have no {columns.group} in the table: each is its own group"
        )
    # the names that the user gave, not those of the header in other capitals
    return Listing("a table of images", list(images.values()), notes, choice.attributes, named=bool(labels.named))


def _find_columns(table: UserTable, choice: SourceChoice) -> _Columns:
    asked = choice.columns
    remedy = "name them under source.columns in params.yaml, such as {file: image_id, label: dx}"
    # as the image folders of Hugging Face call it
    other = table.find("file_name") if "file" not in asked.model_fields_set and not table.find(asked.file) else None
    file, label = table.require(other or asked.file, asked.label, remedy=remedy)
    if file == label:
        raise UserError(f"Expected a column of files and another of labels in {table.path}, received {file!r} as both.")
    given = {
        name: table.require(column, remedy=remedy)[0] if (column := getattr(asked, name)) else table.find(name)
        for name in ("group", "split")
    }
    attributes = [
        table.require(name, remedy="correct source.attributes in params.yaml")[0] for name in choice.attributes
    ]
    return _Columns(file, label, given["group"], given["split"], attributes)


def _find_filter(table: UserTable, choice: SourceChoice) -> dict[str, tuple[str, ...]]:
    """The values of source.where, by column as the header has it."""
    remedy = "correct source.where in params.yaml"
    return {table.require(name, remedy=remedy)[0]: values for name, values in (choice.where or {}).items()}


def _read_label(written: str, labels: LabelMap, where: str) -> str | None:
    label = written.strip()
    if not labels.named and is_missing(label):
        raise UserError(
            f"Expected a label in {where}, received {repr(label) if label else 'none'}: fill it in, or name the "
            "labels to take under source.labels in params.yaml."
        )
    renamed = labels.rename(label)
    return None if renamed is None else canonical_name(renamed)


def read_part(written: str, where: str) -> str:
    """The part of a split that a cell tells; empty where it tells none.

    Raises:
        UserError: It is the name of no part.
    """
    if is_missing(written):
        return ""
    part, rest = part_of(written.strip())
    if not part or rest:
        raise UserError(
            f"Expected {', '.join(dict.fromkeys(PARTS.values()))} or nothing as split in {where}, "
            f"received {written.strip()!r}."
        )
    return part
