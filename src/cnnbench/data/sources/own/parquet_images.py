"""Parquet files with the bytes of images in them, as Hugging Face stores data sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cnnbench.config import SourceChoice
from cnnbench.config.datasets import Columns
from cnnbench.core.errors import UserError
from cnnbench.data.sources import content
from cnnbench.data.sources.own.folder_names import part_of
from cnnbench.data.sources.own.image_table import read_part
from cnnbench.data.sources.own.label_map import LabelMap
from cnnbench.data.sources.own.listed import Listed, Listing, canonical_name
from cnnbench.data.sources.own.user_table import UserTable, cell_text, is_missing

_NAMES = ("image", "img")


def find(folder: Path) -> list[Path]:
    """The Parquet files with images in a folder and those below, sorted."""
    return [path for path in sorted(folder.rglob("*.parquet")) if path.is_file() and has_images(path)]


def has_images(path: Path) -> bool:
    """Whether a Parquet file has a column with the bytes of images.

    Raises:
        UserError: It is damaged.
    """
    with UserTable(path).open_parquet() as file:
        return bool(_image_columns(file.schema_arrow))


def list_images(root: Path, paths: Sequence[Path], choice: SourceChoice, labels: LabelMap) -> Listing:
    """The images in Parquet files; the name of a file, such as train-00000-of-00002, or of a folder may tell the part.

    An image is called by its file and row.

    Args:
        root: The folder above all files.
        paths: The files.
        choice: The source.
        labels: Renames the labels.

    Raises:
        UserError: A column or a label is missing, or a file is damaged.
    """
    listed: list[Listed] = []
    named = bool(labels.named)
    for path in paths:
        place = path.relative_to(root).with_suffix("")
        part = next((part for name in reversed(place.parts) if (part := part_of(name)[0])), "")
        images, has_names = _list_file(path, canonical_name(place.as_posix()), choice, labels, part)
        listed += images
        named |= has_names
    return Listing("images in Parquet files", listed, [], choice.attributes, named=named)


def _image_columns(schema: Any) -> list[str]:
    import pyarrow.types

    def has_images(field: Any) -> bool:
        if pyarrow.types.is_struct(field.type):
            return {"bytes", "path"} <= {inner.name for inner in field.type}
        binary = pyarrow.types.is_binary(field.type) or pyarrow.types.is_large_binary(field.type)
        return binary and field.name.lower() in _NAMES

    return [str(field.name) for field in schema if has_images(field)]


def _choose_image_column(table: UserTable, found: list[str], asked: Columns) -> str:
    chosen = table.find(asked.file) if "file" in asked.model_fields_set else None
    # beside a mask of each, or another view
    named = [name for name in found if name.lower() in _NAMES]
    candidates = [chosen] if chosen in found else found if len(found) == 1 else named
    if len(candidates) != 1:
        raise UserError(
            f"Expected one column of images in {table.path}, received {', '.join(map(repr, found))}: name one under "
            f"source.columns in params.yaml, such as {{file: {found[0]}}}."
        )
    return str(candidates[0])


def _list_file(path: Path, place: str, choice: SourceChoice, labels: LabelMap, part: str) -> tuple[list[Listed], bool]:
    """The images of a file, and whether it has names for its classes."""
    table = UserTable(path)
    asked = choice.columns
    label_column = asked.label
    if "label" not in asked.model_fields_set and not table.find(label_column) and table.find("labels"):
        label_column = "labels"
    remedy = "name it under source.columns in params.yaml, such as {label: dx}"
    label_column = table.require(label_column, remedy=remedy)[0]
    group = table.require(asked.group, remedy=remedy)[0] if asked.group else table.find("group")
    split = table.require(asked.split, remedy=remedy)[0] if asked.split else table.find("split")
    attributes = [
        table.require(name, remedy="correct source.attributes in params.yaml")[0] for name in choice.attributes
    ]
    listed = []
    with table.open_parquet() as file:
        image = _choose_image_column(table, _image_columns(file.schema_arrow), asked)
        names = _class_names(file.schema_arrow.metadata or {}, label_column)
        groups = _RowGroups(table, image)
        row = 0
        wanted = list(dict.fromkeys([label_column, *filter(None, (group, split)), *attributes]))
        for number in range(file.num_row_groups):
            # the bytes are not needed yet
            cells = file.read_row_group(number, columns=wanted).to_pylist()
            for index, cell in enumerate(cells):
                row += 1
                where = f"row {row} of {path}"
                label = labels.rename(_read_label(cell[label_column], names, where, labels))
                if label is None:
                    continue
                key = f"{place}/{row - 1:06d}"
                listed.append(
                    Listed(
                        key,
                        canonical_name(label),
                        partial(groups.read, number, index, key),
                        file.metadata.row_group(number).total_byte_size // max(len(cells), 1),
                        group=_text(cell[group]) if group else "",
                        part=read_part(cell_text(cell[split]), where) if split else part,
                        attributes=tuple(_text(cell[name]) for name in attributes),
                    )
                )
    return listed, bool(names)


def _class_names(metadata: dict[bytes, bytes], column: str) -> list[str]:
    """The names of classes that Hugging Face stores in the schema; empty where there are none."""
    try:
        names = json.loads(metadata[b"huggingface"])["info"]["features"][column]["names"]
    except (KeyError, TypeError, ValueError):
        return []
    # of older versions a mapping
    return [str(name) for name in (names.values() if isinstance(names, dict) else names)]


def _read_label(value: Any, names: list[str], where: str, labels: LabelMap) -> str:
    if isinstance(value, list | dict):
        raise UserError(
            f"Expected one class in {where}, received {str(value)[:80]!r}: several labels of one image are not "
            "supported."
        )
    if names and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    text = cell_text(value)
    # -1 is the label of an unlabelled test part
    if not labels.named and (is_missing(text) or (names and text not in names)):
        raise UserError(
            f"Expected a label in {where}, received {text or 'none'}: remove files without labels, or name the "
            "labels to take under source.labels in params.yaml."
        )
    return text


def _text(value: Any) -> str:
    text = cell_text(value)
    return "" if is_missing(text) else canonical_name(text)


class _RowGroups:
    """Reads images; the row group of the last one is kept, since they are read in their order."""

    def __init__(self, table: UserTable, column: str) -> None:
        self._table, self._column = table, column
        self._number, self._cells = -1, []  # type: tuple[int, list[Any]]

    def read(self, number: int, index: int, key: str) -> bytes:
        if number != self._number:
            with self._table.open_parquet() as file:
                self._cells = file.read_row_group(number, columns=[self._column])[self._column].to_pylist()
            self._number = number
        cell = self._cells[index]
        data = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(data, bytes):
            raise UserError(
                f"Expected the bytes of an image as {key!r}, received none: remove the row or, where the file "
                "holds paths alone, list the images in a table of paths."
            )
        if len(data) > content.IMAGE_BYTES:
            raise UserError(
                f"Expected images of at most {content.IMAGE_BYTES:,} bytes, received {len(data):,} as {key!r}."
            )
        return data
