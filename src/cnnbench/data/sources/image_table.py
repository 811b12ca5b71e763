"""Images listed in a CSV file with the columns file and label, and optionally group and split."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

from cnnbench.core.errors import UserError
from cnnbench.data.sources.csv_rows import read_rows
from cnnbench.data.sources.image_files import PARTS, ImageFile, canonical_name


def list_images(table: Path) -> list[ImageFile]:
    """The images in a CSV file.

    `file` is a path below the folder of the CSV file and becomes the id; another path is refused, since it would
    differ on another machine (a link below the folder may lead anywhere). An image without `group` is its own group;
    without `split`, it is in no part.

    Raises:
        UserError: A column, a label or a file is missing, a file is listed twice, or a path leaves the folder.
    """
    images: dict[str, ImageFile] = {}
    missing: list[str] = []
    for line, row in read_rows(table, ("file", "label")):
        where = f"line {line} of {table}"
        written = row["file"].replace("\\", "/")  # the separator of Windows
        inside = PurePosixPath(written)
        # a drive of Windows ends with a colon
        if not inside.parts or inside.is_absolute() or ".." in inside.parts or inside.parts[0].endswith(":"):
            raise UserError(
                f"Expected a path below {table.parent} as file in {where}, received {row['file']!r}: "
                "put the CSV file above the images."
            )
        label, group, part = (row.get(column, "").strip() for column in ("label", "group", "split"))
        if not label:
            raise UserError(f"Expected a label in {where}, received none.")
        if part and part.lower() not in PARTS:
            raise UserError(f"Expected train, val, test or nothing as split in {where}, received {part!r}.")
        key, label = canonical_name(inside.as_posix()), canonical_name(label)
        if key in images:
            raise UserError(
                f"Expected one line per file in {table}, received {key!r} twice, as {images[key].label!r} and "
                f"{label!r}: line {line}."
            )
        path = _find_file(table.parent, inside)
        if path is None:
            missing.append(f"{row['file']!r} (line {line})")
            # goes on, so that the message can count all that are missing
            path = table.parent
        images[key] = ImageFile(key, path, label, canonical_name(group) or key, PARTS.get(part.lower(), ""))
    if missing:
        more = f" and of {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise UserError(f"Expected the files that {table} lists, received nothing in place of {missing[0]}{more}.")
    if not images:
        raise UserError(f"Expected a line per image in {table}, received none.")
    return list(images.values())


def _find_file(folder: Path, inside: PurePosixPath) -> Path | None:
    """The file, also where table and disk differ in the form of accents."""
    # macOS may store decomposed accents where the table has composed ones
    forms = [str(inside), *(unicodedata.normalize(form, str(inside)) for form in ("NFC", "NFD"))]
    return next((path for form in forms if (path := folder / form).is_file()), None)
