"""What a user's own files have in common, whether folders or tables name them: paths, names and CSV files."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cnnbench.core.errors import UserError

PARTS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""How users call the parts of a split, in small letters, and what they are called here."""

# Control characters would spoil tables and terminals, surrogates stand for bytes that are not UTF-8, and a backslash
# parts folders on Windows alone.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\\\\]")


class Image(NamedTuple):
    """An image file of the user's, not yet read.

    Attributes:
        id: Its path below the folder or the table's folder.
        path: Where it lies.
        label: Name of its class.
        group: What must not be torn apart by a split; the id where nothing is told.
        part: train, val or test; empty where it is not told.
    """

    id: str
    path: Path
    label: str
    group: str
    part: str


def name(written: str) -> str:
    """A name in the one form that it has on every machine: macOS takes letters and their accents apart.

    Raises:
        UserError: It has characters that a file name on another machine could not have.
    """
    if _UNSAFE.search(written):
        raise UserError(
            f"Expected names in UTF-8 without control characters and backslashes, received {written!r}: change it."
        )
    return unicodedata.normalize("NFC", written)


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields number and cells of each line of a user's CSV file; a missing cell is empty.

    Args:
        path: The file, in UTF-8, with or without the mark that Excel puts first.
        columns: Those that it must have.

    Raises:
        UserError: There is none, it is not CSV or not UTF-8, lacks a column, or a line has more cells than the header.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = reader.fieldnames or ()
            if not set(columns) <= set(header):
                raise UserError(
                    f"Expected the columns {' and '.join(columns)} in {path}, "
                    f"received {', '.join(map(repr, header)) or 'an empty file'}."
                )
            for row in reader:
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
