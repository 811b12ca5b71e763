"""Reads the files of runs and reports, and checks that each is whole."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from cnnbench.config import explain
from cnnbench.core.csv_cells import unguard
from cnnbench.core.errors import UserError
from cnnbench.metrics.intervals.bootstrap import Estimate

Rows = tuple[dict[str, str], ...]
"""A CSV file: a dict per line, values as they are written, so that they can be passed on to the byte."""

Metrics = Mapping[str, Mapping[str, Estimate]]
"""By run and name."""

_SVG_SIZE = re.compile(rb'<svg\b[^>]*\bwidth="([\d.]+)(?:pt)?" height="([\d.]+)(?:pt)?"')
_PIXELS_PER_POINT = 110 / 72  # a figure's inch on a page is as wide as in a PNG

AGAIN = "run `dvc repro` to make it again"

NO_RUN = (
    "params.yaml names no run. Add a data set under datasets: (docs/own.md), then its runs by "
    "`cnnbench runs --datasets NAME --write`."
)
"""Why a report is empty, and what to do."""

_Form = TypeVar("_Form")
# JSON has no NaN
_Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]


class _Measured(BaseModel):
    """A metric in a metrics.json; null where it is not defined.

    Attributes:
        of: The class that it speaks of, if of one.
        badges: Of the run, beside its headline metric alone.
    """

    value: _Number
    low: _Number
    high: _Number
    of: str = ""
    badges: str = ""

    @property
    def estimate(self) -> Estimate:
        return Estimate(self.value, self.low, self.high)


def json_file(path: Path, form: type[_Form]) -> _Form:
    """Reads a JSON file of this form.

    Raises:
        UserError: The file is missing or holds something else.
    """
    try:
        return TypeAdapter(form).validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise UserError(f"{explain(path, error)}; {AGAIN}.") from None
    except FileNotFoundError:
        raise UserError(f"Expected the file {path}, received none; {AGAIN}.") from None
    except OSError as error:
        raise UserError(f"Expected JSON in {path}, received {error}; {AGAIN}.") from None


def run_metrics(path: Path) -> dict[str, Estimate]:
    """Reads the metrics.json of a run: {metric: {"value", "low", "high"}}; see `json_file`."""
    return {name: measured.estimate for name, measured in json_file(path, dict[str, _Measured]).items()}


def report_metrics(path: Path) -> Metrics:
    """Reads the metrics.json of a report, which holds the same by run; see `json_file`."""
    runs = json_file(path, dict[str, dict[str, _Measured]])
    return {run: {name: measured.estimate for name, measured in metrics.items()} for run, metrics in runs.items()}


def report_classes(path: Path) -> dict[str, str]:
    """Reads the positive class of each run with two classes from the same file; empty where it is not known."""
    return _report_texts(path, "of")


def report_badges(path: Path) -> dict[str, str]:
    """Reads the badges of each run from the same file; empty for most."""
    return _report_texts(path, "badges")


def _report_texts(path: Path, field: Literal["of", "badges"]) -> dict[str, str]:
    runs = json_file(path, dict[str, dict[str, _Measured]])
    return {
        run: next(filter(None, (getattr(one, field) for one in metrics.values())), "") for run, metrics in runs.items()
    }


def rows(
    path: Path,
    columns: tuple[str, ...],
    numbers: tuple[str, ...] = (),
    gaps: tuple[str, ...] | None = (),
    texts: tuple[str, ...] = (),
) -> Rows:
    """Reads a CSV file with at least these columns.

    Args:
        path: The file.
        columns: Names that its header must have.
        numbers: Those of them that must hold a number on every line.
        gaps: Those of them that may also be empty, which is how a table writes NaN; None for all columns of the file
            that are not among `numbers` and `texts`.
        texts: Those that may hold anything.

    Raises:
        UserError: The file is missing, lacks a column, or a line of it does not fit.
    """
    try:
        # newline="", as csv asks: else a line end within a field changes
        with path.open(encoding="utf-8", newline="") as file:
            # Not strict, it takes a damaged quote for text
            reader = csv.DictReader(file, strict=True)
            # strings alone: DictReader files surplus cells under None, and gives None for missing ones
            found = tuple(
                {name: unguard(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in reader
            )
            header = tuple(reader.fieldnames or ())
    except FileNotFoundError:
        raise UserError(f"Expected the file {path}, received none; {AGAIN}.") from None
    # ValueError: bytes that are not UTF-8
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"Expected CSV in {path}, received {error}; {AGAIN}.") from None
    if missing := [column for column in columns if column not in header]:
        raise UserError(
            f"Expected the columns {', '.join(columns)} in {path}, {', '.join(missing)} not found; {AGAIN}."
        )
    gaps = tuple(name for name in header if name not in numbers + texts) if gaps is None else gaps
    for line, row in enumerate(found, start=2):
        if None in row or None in row.values() or not _are_numbers(row, numbers, gaps):
            raise UserError(f"Expected {len(header)} whole columns in {path}, received line {line}: {row}; {AGAIN}.")
    return found


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels of a PNG or, at its natural size on a page, of an SVG as Matplotlib writes it.

    From the header: no image library is needed (ISO/IEC 15948, chunk IHDR).

    Raises:
        UserError: The file is missing or neither.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        raise UserError(f"Expected the picture {path}, received none; {AGAIN}.") from None
    if len(head) >= 24 and head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR":
        return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
    if path.suffix == ".svg" and (size := _SVG_SIZE.search(head)):
        return round(float(size[1]) * _PIXELS_PER_POINT), round(float(size[2]) * _PIXELS_PER_POINT)
    raise UserError(f"Expected a {path.suffix[1:].upper()} picture in {path}, received something else; {AGAIN}.")


def _are_numbers(row: dict[str, str], numbers: tuple[str, ...], gaps: tuple[str, ...]) -> bool:
    try:
        for name in numbers:
            float(row[name])
        for name in gaps:
            float(row[name] or "nan")
    except ValueError:
        return False
    return True
