"""Reads the tables of users strictly: CSV with any usual separator, TSV, Parquet, and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cnnbench.core.errors import UserError, suggest

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".jsonl")

_SEPARATORS = ",;\t|"
_NOTHING = frozenset(("", "nan", "na", "n/a", "#n/a", "<na>", "nat", "null", "none"))


def cell_text(value: Any) -> str:
    """A cell of a Parquet file as a CSV file would have it; whole numbers have no decimals, which pandas may add."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def is_missing(cell: str) -> bool:
    """Whether a cell is empty, or has what pandas, R, SQL and spreadsheets write for nothing."""
    return cell.strip().lower() in _NOTHING


def _join_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key twice")  # of which json would take the last
    return dict(pairs)


class UserTable:
    """A table of a user.

    Attributes:
        path: Its file.
        header: Names of its columns.
    """

    def __init__(self, path: Path) -> None:
        """Reads its header.

        Raises:
            UserError: It is missing, no table or not UTF-8, or two columns have one name.
        """
        self.path = path
        self._separator = ","
        self._suffix = path.suffix.lower()
        readers = {".parquet": self._read_parquet_header, ".jsonl": self._read_json_header}
        self.header = readers.get(self._suffix, self._read_csv_header)()
        twice = next((name for i, name in enumerate(self.header) if name and name in self.header[:i]), None)
        if twice is not None:
            raise UserError(f"Expected columns of different names in {path}, received {twice!r} twice: rename one.")

    def find(self, name: str) -> str | None:
        """The name of a column as the header has it, which may differ in capitals; None where there is none.

        Raises:
            UserError: Two columns have it in other capitals.
        """
        if name in self.header:
            return name
        alike = [column for column in self.header if column.casefold() == name.strip().casefold()]
        if len(alike) > 1:
            raise UserError(f"Expected one column {name} in {self.path}, received {' and '.join(alike)}: rename one.")
        return alike[0] if alike else None

    def require(self, *names: str, remedy: str = "") -> list[str]:
        """The names of columns as the header has them.

        Raises:
            UserError: One is missing; the message ends with the remedy.
        """
        found = [self.find(name) for name in names]
        if None in found:
            missing = names[found.index(None)]
            raise UserError(
                f"Expected the column{'s' if len(names) > 1 else ''} {' and '.join(names)} in {self.path}, "
                f"received {', '.join(map(repr, self.header)) or 'an empty file'}{suggest(missing, self.header)}"
                + (f": {remedy}." if remedy else ".")
            )
        return [name for name in found if name is not None]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yields number and cells of each line; a missing cell is empty.

        Raises:
            UserError: It cannot be read, or a line has more cells than the header.
        """
        readers = {".parquet": self._parquet_rows, ".jsonl": self._json_rows}
        return readers.get(self._suffix, self._csv_rows)()

    def _read_text(self) -> str:
        path = self.path
        try:
            content = path.read_bytes()
            if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise UserError(f"Expected a CSV file in UTF-8 at {path}, received UTF-16: save it as UTF-8.")
            return content.decode("utf-8-sig")  # Excel puts a byte order mark in front
        except UnicodeDecodeError:
            raise UserError(
                f"Expected a CSV file in UTF-8 at {path}, received another encoding, such as Latin-1: save it as UTF-8."
            ) from None
        except FileNotFoundError:
            raise UserError(f"Expected a CSV file at {path}, received none.") from None
        except OSError as error:
            raise UserError(f"Expected a CSV file at {path}, received one that cannot be read: {error}.") from None

    def _read_csv_header(self) -> list[str]:
        self._text = self._read_text()
        lines = list(islice((line for line in io.StringIO(self._text, newline="") if line.strip()), 2))

        def count(separator: str) -> tuple[bool, int]:
            header, *row = (len(cells) for cells in csv.reader(lines, delimiter=separator, skipinitialspace=True))
            return header > 1 and row in ([], [header]), header

        # the separator that makes as many cells in the first two lines, and most; of equals the first
        self._separator = max(_SEPARATORS, key=count) if lines else ","
        return [name.strip() for name in next(filter(None, self._cells()), [])]

    def _cells(self) -> Iterator[list[str]]:
        # strict, or a quote that never closes would swallow the rest of the file
        text = io.StringIO(self._text, newline="")
        self._reader = csv.reader(text, delimiter=self._separator, skipinitialspace=True, strict=True)
        try:
            yield from self._reader
        except csv.Error as error:
            raise UserError(f"Expected a CSV file at {self.path}, received one that cannot be read: {error}.") from None

    def _csv_rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        rows = filter(None, self._cells())  # without empty lines
        next(rows, None)
        for cells in rows:
            line = self._reader.line_num
            if any(cells[len(self.header) :]):
                raise UserError(
                    f"Expected {len(self.header)} cells in line {line} of {self.path}, received more: "
                    "put a name with a comma in quotes."
                )
            filled = cells + [""] * (len(self.header) - len(cells))
            yield line, dict(zip(self.header, filled, strict=False))

    def _read_json_header(self) -> list[str]:
        self._text = self._read_text()
        return list(dict.fromkeys(name for _, row in self._objects() for name in row))

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for line, text in enumerate(self._text.split("\n"), 1):
            if not text.strip():
                continue
            try:
                row = json.loads(text, object_pairs_hook=_join_unique)
            except (ValueError, RecursionError):
                row = None
            if not row or not isinstance(row, dict):
                raise UserError(
                    f'Expected an object with different keys, such as {{"file_name": "1.png"}}, in line {line} of '
                    f"{self.path}, received {text.strip()[:60]!r}."
                )
            yield line, row

    def _json_rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        for line, row in self._objects():
            yield line, {name: cell_text(row.get(name)) for name in self.header}

    def open_parquet(self) -> Any:
        """Opens it as pyarrow's ParquetFile.

        Raises:
            UserError: It is damaged.
        """
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self.path)
        except (OSError, pyarrow.ArrowException) as error:
            raise UserError(
                f"Expected a whole Parquet file at {self.path}, received one that cannot be read: "
                f"{' '.join(str(error).split())}."
            ) from None

    def _read_parquet_header(self) -> list[str]:
        with self.open_parquet() as file:
            return list(file.schema_arrow.names)

    def _parquet_rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        number = 0
        with self.open_parquet() as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, {name: cell_text(cell) for name, cell in row.items()}
