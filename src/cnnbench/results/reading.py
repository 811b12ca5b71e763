"""Reading a run's files with the one check that each of them needs: that it is whole."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError
from cnnbench.core.files import read_json

Rows = tuple[dict[str, str], ...]
"""A CSV file: a dict per line, values as they are written, so that they can be passed on to the byte."""

AGAIN = "run `dvc repro` to make it again"


def json_object(path: Path) -> dict[str, Any]:
    """Reads a JSON file that holds an object.

    Raises:
        UserError: The file is missing or holds something else.
    """
    try:
        value = read_json(path)
    except FileNotFoundError:
        raise UserError(f"Expected the file {path}, received none; {AGAIN}.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"Expected JSON in {path}, received {error}; {AGAIN}.") from None
    if not isinstance(value, dict):
        raise UserError(f"Expected a JSON object in {path}, received a {type(value).__name__}; {AGAIN}.")
    return value


def rows(
    path: Path, columns: tuple[str, ...], numbers: tuple[str, ...] = (), gaps: tuple[str, ...] | None = ()
) -> Rows:
    """Reads a CSV file with at least these columns.

    Args:
        path: The file.
        columns: Names that its header must have.
        numbers: Those of them that must hold a number on every line.
        gaps: Those of them that may also be empty, which is how a table writes NaN; None for all columns of the file
            that are not among `numbers`.

    Raises:
        UserError: The file is missing, lacks a column, or a line of it does not fit.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            found = tuple(reader)
            header = tuple(reader.fieldnames or ())
    except FileNotFoundError:
        raise UserError(f"Expected the file {path}, received none; {AGAIN}.") from None
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"Expected CSV in {path}, received {error}; {AGAIN}.") from None
    if missing := [column for column in columns if column not in header]:
        raise UserError(
            f"Expected the columns {', '.join(columns)} in {path}, {', '.join(missing)} not found; {AGAIN}."
        )
    gaps = tuple(name for name in header if name not in numbers) if gaps is None else gaps
    for line, row in enumerate(found, start=2):
        if None in row or None in row.values() or not _are_numbers(row, numbers, gaps):
            raise UserError(f"Expected {len(header)} whole columns in {path}, received line {line}: {row}; {AGAIN}.")
    return found


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels, from its header (ISO/IEC 15948, chunk IHDR).

    Raises:
        UserError: The file is missing or not a PNG.
    """
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except OSError:
        raise UserError(f"Expected the picture {path}, received none; {AGAIN}.") from None
    if len(head) < 24 or head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        raise UserError(f"Expected a PNG picture in {path}, received something else; {AGAIN}.")
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def number(value: Any) -> float:
    """A number out of JSON, where null stands for NaN.

    Raises:
        ValueError: It is neither.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r}")
    return float(value)


def _are_numbers(row: dict[str, str], numbers: tuple[str, ...], gaps: tuple[str, ...]) -> bool:
    try:
        for name in numbers:
            float(row[name])
        for name in gaps:
            float(row[name] or "nan")
    except ValueError:
        return False
    return True
