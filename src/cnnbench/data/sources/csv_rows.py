"""Reads CSV files of users strictly."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from cnnbench.core.errors import UserError


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields number and cells of each line of a user's CSV file; a missing cell is empty.

    Raises:
        UserError: It is missing, not CSV or not UTF-8, lacks one of the columns, or a line has more cells than the
            header.
    """
    try:
        # Excel puts a byte order mark in front
        with path.open(encoding="utf-8-sig", newline="") as file:
            # strict, or a quote that never closes would swallow the rest of the file
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or ()
            if not set(columns) <= set(header):
                raise UserError(
                    f"Expected the columns {' and '.join(columns)} in {path}, "
                    f"received {', '.join(map(repr, header)) or 'an empty file'}."
                )
            for row in reader:
                # DictReader puts surplus cells there
                if None in row:
                    raise UserError(
                        f"Expected {len(header)} cells in line {reader.line_num} of {path}, received more: "
                        "put a name with a comma in quotes."
                    )
                yield reader.line_num, {key: cell or "" for key, cell in row.items()}
    except UnicodeDecodeError:
        raise UserError(
            f"Expected a CSV file in UTF-8 at {path}, received another encoding: save it as UTF-8."
        ) from None
    except FileNotFoundError:
        raise UserError(f"Expected a CSV file at {path}, received none.") from None
    except (OSError, csv.Error) as error:
        raise UserError(f"Expected a CSV file at {path}, received one that cannot be read: {error}.") from None
