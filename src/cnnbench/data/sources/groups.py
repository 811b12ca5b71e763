"""Groups of examples from a CSV file of the user, with the columns id and group."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from cnnbench.core.errors import UserError
from cnnbench.core.paths import resolve_path
from cnnbench.data.sources import Entry
from cnnbench.data.sources.own.listed import canonical_name
from cnnbench.data.sources.own.user_table import UserTable, is_missing


def read(path: str) -> dict[str, str]:
    """Reads the user's file, `source.groups` of params.yaml: group by id.

    Raises:
        UserError: It is missing, lacks a column or has no lines, a group is empty, or an id has two groups.
    """
    table = resolve_path(path)
    groups: dict[str, str] = {}
    opened = UserTable(table)
    id_column, group_column = opened.require("id", "group")
    for line, row in opened.rows():
        # the id as written: `apply` tries it before its canonical form
        key, group = row[id_column], canonical_name(row[group_column].strip())
        # a patient called nan would join strangers
        if not key or is_missing(group):
            raise UserError(f"Expected an id and a group in line {line} of {table}, received {key!r} and {group!r}.")
        if groups.setdefault(key, group) != group:
            raise UserError(
                f"Expected one group of {key!r} in {table}, received {groups[key]!r} and {group!r}: line {line}."
            )
    if not groups:
        raise UserError(f"Expected a line per id in {table}, received none.")
    return groups


def apply(groups: dict[str, str], entries: Iterable[Entry], notes: list[str]) -> Iterator[Entry]:
    """Yields every entry, with the user's group where the file has one.

    Args:
        groups: By id; empty where there is no file.
        entries: All of a source, also those that a cap leaves out.
        notes: Gets a line where the file does not name all of them.

    Raises:
        UserError: After the last entry, where an id matches none.
    """
    # macOS stores letters and accents apart; an exact match comes first
    by_name = {unicodedata.normalize("NFC", key): group for key, group in groups.items()} | groups
    matched: set[str] = set()
    first = unnamed = ""
    total = 0
    for entry in entries:
        # the smallest, for the same message on every machine
        first = min(first or entry.id, entry.id)
        total += 1
        if entry.id in by_name:
            matched.add(entry.id)
            yield entry._replace(group=by_name[entry.id])
        else:
            unnamed = min(unnamed or entry.id, entry.id)
            yield entry
    unknown = sorted(key for key in groups if not matched & {key, unicodedata.normalize("NFC", key)})
    if unknown:
        raise UserError(
            f"Expected ids of examples in the CSV file of groups, received {len(unknown):,} that are none, such as "
            f"{unknown[0]!r}: an id is the path of an image in the archive or folder, such as {first!r}."
        )
    if groups and unnamed:
        notes.append(
            f"the table of groups names {len(matched):,} of {total:,} images: the others, such as {unnamed!r}, keep "
            "the group that they had, by themselves each where there was none"
        )
