"""The files that a user's table lists, found on the disk."""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from pathlib import Path, PurePosixPath, PureWindowsPath

from cnnbench.core.errors import UserError
from cnnbench.data.sources.content import EXTENSIONS
from cnnbench.data.sources.own.listed import canonical_name
from cnnbench.data.sources.walking import is_hidden


class TablePaths:
    """Finds the files of a table below a folder, and remembers those that are missing."""

    def __init__(self, root: Path, extension: str, table: Path) -> None:
        """Takes the folder of the images, the extension that the table leaves out, and the table for messages."""
        self._root, self._table = root, table
        self._extension = f".{extension.lstrip('.')}" if extension else ""
        self._below: dict[str, list[Path]] | None = None
        self._found: set[Path] = set()
        self._missing: list[str] = []
        self._hint = ""

    def find(self, written: str, line: int) -> tuple[str, Path | None]:
        """The id and the file of a cell, which may have the separators of Windows; None where there is no file.

        Raises:
            UserError: The path leaves the folder, or a name stands for several files.
        """
        inside = self._inside(written.strip(), line)
        if self._extension and not inside.name.lower().endswith(self._extension.lower()):
            inside = inside.with_name(inside.name + self._extension)
        path = _find_file(self._root, inside)
        if path is None and len(inside.parts) == 1 and (path := self._find_below(inside.name, line)):
            inside = PurePosixPath(path.relative_to(self._root).as_posix())
        if path is not None:
            self._found.add(path)
        return canonical_name(inside.as_posix()), path

    def require(self, path: Path | None, written: str, line: int) -> None:
        """Remembers a file that is missing."""
        if path is None:
            self._missing.append(f"{written!r} (line {line})")
            if not self._hint:
                self._hint = self._suggest_extension(written)

    def refuse_missing(self) -> None:
        """Ends the search.

        Raises:
            UserError: Files were missing.
        """
        if self._missing:
            more = f" and of {len(self._missing) - 1:,} more" if len(self._missing) > 1 else ""
            raise UserError(
                f"Expected the files that {self._table} lists in {self._root}, received nothing in place of "
                f"{self._missing[0]}{more}{self._hint}."
            )

    def describe_unlisted(self) -> list[str]:
        """A line on images beside those that the table lists."""
        beside = [
            path
            for folder in sorted({path.parent for path in self._found})
            for path in sorted(folder.iterdir())
            if path.suffix.lower() in EXTENSIONS and not is_hidden(path.name) and path not in self._found
        ]
        if not beside:
            return []
        example = beside[0].relative_to(self._root).as_posix()
        return [f"left out: {len(beside):,} image files that the table does not list, such as {example!r}"]

    def _inside(self, written: str, line: int) -> PurePosixPath:
        inside = PurePosixPath(written.replace("\\", "/"))
        absolute = inside.is_absolute() or bool(PureWindowsPath(written).drive)
        if absolute:
            for root in (self._root, self._root.resolve()):
                if inside.is_relative_to(root.as_posix()):
                    inside, absolute = inside.relative_to(root.as_posix()), False
                    break
        if absolute or not inside.parts or ".." in inside.parts:
            raise UserError(
                f"Expected a path below {self._root} as file in line {line} of {self._table}, received {written!r}: "
                "set source.root in params.yaml to the folder of the images, or put the table above them."
            )
        return inside

    def _find_below(self, name: str, line: int) -> Path | None:
        if self._below is None:
            self._below = defaultdict(list)
            for here, folders, files in os.walk(self._root, followlinks=False):
                folders[:] = sorted(folder for folder in folders if not is_hidden(folder))
                for file in files:
                    self._below[unicodedata.normalize("NFC", file)].append(Path(here, file))
        found = self._below.get(unicodedata.normalize("NFC", name), [])
        if len(found) > 1:
            raise UserError(
                f"Expected one file {name!r} below {self._root} for line {line} of {self._table}, received "
                f"{found[0]} and {found[1]}: write its folder into the table."
            )
        return found[0] if found else None

    def _suggest_extension(self, written: str) -> str:
        """The remedy where the table leaves out the extension of its files."""
        bare = written.strip().replace("\\", "/")
        for extension in sorted(EXTENSIONS):
            for end in (extension, extension.upper()):
                if (self._root / (bare + end)).is_file() or (self._below and self._below.get(bare + end)):
                    return f": set `extension: {end}` of the source in params.yaml"
        return ""


def _find_file(folder: Path, inside: PurePosixPath) -> Path | None:
    """The file, also where table and disk differ in the form of accents."""
    # macOS may store decomposed accents where the table has composed ones
    forms = [str(inside), *(unicodedata.normalize(form, str(inside)) for form in ("NFC", "NFD"))]
    return next((path for form in forms if (path := folder / form).is_file()), None)
