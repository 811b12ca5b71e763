"""Groups that file names do not tell, from a CSV file of the user's: columns id and group."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.core.paths import located
from cnnbench.data.sources import Example, user_files

FILE = "groups.csv"


def read(path: str) -> dict[str, str]:
    """Reads the user's file: id to group.

    Args:
        path: As `source.groups` of params.yaml says it.

    Raises:
        UserError: There is none, it lacks a column or has no lines, a group is missing, or one id has two groups.
    """
    table = located(path)
    groups: dict[str, str] = {}
    for line, row in user_files.rows(table, ("id", "group")):
        key, group = row["id"], user_files.name(row["group"].strip())
        if not key or not group:
            raise UserError(f"Expected an id and a group in line {line} of {table}, received {key!r} and {group!r}.")
        if groups.setdefault(key, group) != group:
            raise UserError(
                f"Expected one group of {key!r} in {table}, received {groups[key]!r} and {group!r}: line {line}."
            )
    if not groups:
        raise UserError(f"Expected a line per id in {table}, received none.")
    return groups


def write(raw: Path, groups: dict[str, str], ids: Collection[str], *, capped: bool) -> None:
    """Writes the user's groups into a raw folder, so that they are among what DVC tracks.

    Args:
        raw: The folder.
        groups: What `read` gave.
        ids: Of the examples in the folder.
        capped: Whether these are only some of the data set's, so that groups of the others are no mistake.

    Raises:
        UserError: An id is of no example, or, where they are capped, all are.
    """
    known = {key if key in ids else unicodedata.normalize("NFC", key): group for key, group in groups.items()}
    unknown = sorted(known.keys() - set(ids))
    if unknown and not (capped and len(unknown) < len(known)):
        raise UserError(
            f"Expected ids of examples in the CSV file of groups, received {len(unknown):,} that are none, such as "
            f"{unknown[0]!r}: an id is the path of an image in the archive or folder, such as {min(ids, default='')!r}."
        )
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("id", "group"))
    lines.writerows(sorted((key, group) for key, group in known.items() if key in ids))
    files.write_text(raw / FILE, text.getvalue())


def apply(raw: Path, examples: Iterator[Example]) -> Iterator[Example]:
    """The examples, with the group that the user's file gives where it names them."""
    groups = {}
    if (raw / FILE).exists():
        groups = {row["id"]: row["group"] for _, row in user_files.rows(raw / FILE, ("id", "group"))}
    for example in examples:
        yield example._replace(group=groups.get(example.id, example.group))
