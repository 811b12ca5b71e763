"""Encoded images as one zip file and a table: how a raw folder holds what did not come as an archive.

Both are the same bytes for the same images: members sorted, stored as they are, with a fixed date.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

from cnnbench import files
from cnnbench.sources import Example
from cnnbench.sources.archives import open_archive, read

ARCHIVE, TABLE = "images.zip", "examples.csv"
COLUMNS = ("id", "label", "group", "part")

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


def pack(raw: Path, examples: Iterable[Example]) -> int:
    """Writes encoded examples into a raw folder.

    Args:
        raw: The folder.
        examples: With encoded files as data and class indices as labels, sorted by id; ids are unique.

    Returns:
        How many there were.
    """
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    count = 0
    with files.aside(raw / ARCHIVE) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for example in examples:
            archive.writestr(zipfile.ZipInfo(example.id, _DATE), cast(bytes, example.data))
            rows.writerow((example.id, int(example.label), example.group, example.part))
            count += 1
    files.write_text(raw / TABLE, table.getvalue())
    return count


def unpack(raw: Path) -> Iterator[Example]:
    """Yields what `pack` has written, in its order."""
    with open_archive(raw / ARCHIVE) as archive, (raw / TABLE).open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            data = read(archive, row["id"])
            yield Example(row["id"], data, int(row["label"]), row["group"], row["part"])
