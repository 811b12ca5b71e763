"""Rows of CSV files, for a network that was trained on a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.inference.predict.inputs import Input


def find(paths: Sequence[Path], shape: tuple[int, ...], names: Sequence[str]) -> list[Input]:
    """Finds the rows of CSV files, with or without a line of column names.

    Args:
        paths: The files.
        shape: The network's input, (features, 1).
        names: The features. If a file's first line has them all, in upper or lower case, columns are taken by name and
            other columns are ignored; a file without names has its columns in the order of the features.

    Raises:
        UserError: There is no CSV file at a path, it has no rows, or it has other columns.
    """
    return [one for path in paths for one in _rows(path, shape[0], names)]


def _rows(path: Path, width: int, names: Sequence[str]) -> list[Input]:
    lines = _lines(path)
    if not lines:
        raise UserError(f"Expected rows of {width} numbers in {path}, received an empty file.")
    columns = list(range(width))
    cells = len(lines[0])
    if any(_number(cell) is None for cell in lines[0]):
        columns = _positions(path, [cell.strip() for cell in lines.pop(0)], width, names)
    elif cells != width:
        hint = f"; they are {', '.join(names)}" if names else ""
        raise UserError(f"Expected {width} columns in {path}, received {cells}{hint}.")
    if not lines:
        raise UserError(f"Expected rows of {width} numbers in {path}, received a line of names alone.")
    return [
        Input({"file": str(path), "row": number}, partial(_values, line, columns, cells))
        for number, line in enumerate(lines, start=1)
    ]


def _positions(path: Path, header: list[str], width: int, names: Sequence[str]) -> list[int]:
    """The position of each feature's column."""
    lowered = [cell.lower() for cell in header]
    if not names:
        if len(header) != width:
            raise UserError(f"Expected {width} columns in {path}, received {len(header)}.")
        return list(range(width))
    if missing := [name for name in names if name.lower() not in lowered]:
        received = ", ".join(map(repr, header))
        raise UserError(
            f"Expected the columns {', '.join(names)} in {path}, or {width} columns of numbers without names, received "
            f"{received}: {', '.join(missing)} missing."
        )
    return [lowered.index(name.lower()) for name in names]


def _values(line: list[str], columns: list[int], cells: int) -> NDArray[np.float32]:
    if len(line) != cells:
        raise UserError(f"Expected {cells} cells, received {len(line)}.")
    values = [_number(line[column]) for column in columns]
    for column, value in zip(columns, values, strict=True):
        if value is None or not np.isfinite(value):  # float() takes nan and inf, too
            raise UserError(f"Expected a number in column {column + 1}, received {line[column]!r}.")
    return np.array(values, np.float32)[:, None]  # Conv1D wants a channel


def _lines(path: Path) -> list[list[str]]:
    try:
        # -sig: Excel begins a file with a byte order mark; newline: a quoted cell may hold line ends.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [line for line in csv.reader(file, strict=True) if any(cell.strip() for cell in line)]
    except FileNotFoundError:
        raise UserError(f"Expected a CSV file at {path}, received nothing there.") from None
    except UnicodeDecodeError:
        raise UserError(f"Expected a CSV file in UTF-8 at {path}, received another encoding.") from None
    except (OSError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"Expected a CSV file at {path}, received one that cannot be read: {reason}.") from None


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None
