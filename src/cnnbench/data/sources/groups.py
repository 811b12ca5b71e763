"""Groups of examples from a CSV file of the user, with the columns id and group."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path
from cnnbench.data.sources import Entry
from cnnbench.data.sources.csv_rows import read_rows
from cnnbench.data.sources.image_files import canonical_name


def read(path: str) -> dict[str, str]:
    """Reads the user's file, `source.groups` of params.yaml: group by id.

    Raises:
        UserError: It is missing, lacks a column or has no lines, a group is empty, or an id has two groups.
    """
    table = resolve_path(path)
    groups: dict[str, str] = {}
    for line, row in read_rows(table, ("id", "group")):
        # the id as written: `apply` tries it before its canonical form
        key, group = row["id"], canonical_name(row["group"].strip())
        if not key or not group:
            raise UserError(f"Expected an id and a group in line {line} of {table}, received {key!r} and {group!r}.")
        if groups.setdefault(key, group) != group:
            raise UserError(
                f"Expected one group of {key!r} in {table}, received {groups[key]!r} and {group!r}: line {line}."
            )
    if not groups:
        raise UserError(f"Expected a line per id in {table}, received none.")
    return groups


def apply(groups: dict[str, str], entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yields every entry, with the user's group where the file has one.

    Args:
        groups: By id; empty where there is no file.
        entries: All of a source, also those that a cap leaves out.

    Raises:
        UserError: After the last entry, where an id matches none.
    """
    # macOS stores letters and accents apart; an exact match comes first
    by_name = {unicodedata.normalize("NFC", key): group for key, group in groups.items()} | groups
    matched: set[str] = set()
    first = ""
    for entry in entries:
        # the smallest, for the same message on every machine
        first = min(first or entry.id, entry.id)
        if entry.id in by_name:
            matched.add(entry.id)
            yield entry._replace(group=by_name[entry.id])
        else:
            yield entry
    unknown = sorted(key for key in groups if not matched & {key, unicodedata.normalize("NFC", key)})
    if unknown:
        raise UserError(
            f"Expected ids of examples in the CSV file of groups, received {len(unknown):,} that are none, such as "
            f"{unknown[0]!r}: an id is the path of an image in the archive or folder, such as {first!r}."
        )
