"""Encoded images as one zip file and a table: how a raw folder holds what did not come as an archive.

Both are the same bytes for the same images in the same order: members stored as they are, with a fixed date.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Example
from cnnbench.data.sources.archives import Archive

ARCHIVE, TABLE = "images.zip", "examples.csv"
COLUMNS = ("id", "label", "group", "part")

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


def pack(raw: Path, examples: Iterable[Example]) -> int:
    """Writes encoded examples into a raw folder.

    Args:
        raw: The folder.
        examples: With encoded files as data and class indices as labels, in an order that is the same on every machine.

    Returns:
        How many there were.

    Raises:
        UserError: Two have one id.
    """
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    seen = set()
    with files.aside(raw / TABLE) as listed, files.aside(raw / ARCHIVE) as part:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for example in examples:
                if example.id in seen:
                    raise UserError(f"Expected ids that are unique, received {example.id!r} twice.")
                seen.add(example.id)
                archive.writestr(zipfile.ZipInfo(example.id, _DATE), cast(bytes, example.data))
                rows.writerow((example.id, int(example.label), example.group, example.part))
        listed.write_text(table.getvalue(), encoding="utf-8", newline="\n")
    return len(seen)


def unpack(raw: Path) -> Iterator[Example]:
    """Yields what `pack` has written, in its order."""
    with Archive(raw / ARCHIVE) as archive, (raw / TABLE).open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            data = archive.read(row["id"])
            yield Example(row["id"], data, int(row["label"]), row["group"], row["part"])
