"""Groups that file names do not tell, from a CSV file of the user's: columns id and group."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from cnnbench import files
from cnnbench.errors import UserError
from cnnbench.sources import Example

FILE = "groups.csv"


def fetch(raw: Path, path: Path) -> None:
    """Copies the user's file into a raw folder, so that it is among what DVC tracks.

    Raises:
        UserError: There is none, or it has not the two columns.
    """
    groups = _read(path.expanduser())
    lines = ["id,group", *(f"{_quoted(name)},{_quoted(group)}" for name, group in sorted(groups.items()))]
    files.write_text(raw / FILE, "\n".join(lines) + "\n")


def apply(raw: Path, examples: Iterator[Example]) -> Iterator[Example]:
    """The examples, with the group that the user's file gives where it names them."""
    if not (raw / FILE).exists():
        yield from examples
        return
    groups = _read(raw / FILE)
    for example in examples:
        yield example._replace(group=groups.pop(example.id, example.group))
    if groups:
        raise UserError(
            f"Expected ids of examples in {raw / FILE}, received {len(groups):,} that are none, such as "
            f"{next(iter(groups))!r}: ids are the paths of the images inside the archive or folder."
        )


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not {"id", "group"} <= set(reader.fieldnames or ()):
                raise UserError(
                    f"Expected columns id and group in {path}, received {', '.join(reader.fieldnames or ()) or 'none'}."
                )
            groups: dict[str, str] = {}
            for row in reader:
                if groups.setdefault(row["id"], row["group"]) != row["group"]:
                    raise UserError(f"Expected one group of {row['id']!r} in {path}, received two.")
    except FileNotFoundError:
        raise UserError(f"Expected a CSV file of groups at {path}, received none.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"Expected a CSV file of groups at {path}, received {error}.") from None
    return groups


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n\r') else text
