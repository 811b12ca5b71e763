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
        if path is None and (path := self._find_below(inside, line)):
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
                f"{self._missing[0]}{more}{self._hint or ': add them, or remove their lines'}."
            )

    def describe_unlisted(self) -> list[str]:
        """A line on images beside those that the table lists."""
        beside = sorted(
            path
            for paths in self._index().values()
            for path in paths
            if path.suffix.lower() in EXTENSIONS and path not in self._found
        )
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
        if not inside.parts:
            raise UserError(f"Expected a file in line {line} of {self._table}, received none: remove the line.")
        if absolute or ".." in inside.parts:
            raise UserError(
                f"Expected a path below {self._root} as file in line {line} of {self._table}, received {written!r}: "
                "set source.root in params.yaml to the folder of the images, or put the table above them."
            )
        return inside

    def _find_below(self, inside: PurePosixPath, line: int) -> Path | None:
        """The file of a name in any folder, or of a path; capitals differ only where there is no other."""
        name = inside.name
        alike = [path for path in self._index().get(_fold(name), []) if path.is_file()]  # no broken link
        found = [path for path in alike if unicodedata.normalize("NFC", path.name) == name] or alike
        if len(inside.parts) > 1:
            found = [path for path in alike if _fold(path.relative_to(self._root).as_posix()) == _fold(str(inside))]
        if len(found) > 1:
            raise UserError(
                f"Expected one file {name!r} below {self._root} for line {line} of {self._table}, received "
                f"{found[0]} and {found[1]}: write its folder into the table."
            )
        return found[0] if found else None

    def _index(self) -> dict[str, list[Path]]:
        """All files below the folder, by name without capitals."""
        if self._below is None:
            self._below = defaultdict(list)
            for here, folders, files in os.walk(self._root, followlinks=False):
                folders[:] = sorted(folder for folder in folders if not is_hidden(folder))
                for file in files:
                    if not is_hidden(file):
                        self._below[_fold(file)].append(Path(here, file))
        return self._below

    def _suggest_extension(self, written: str) -> str:
        """The remedy where the table leaves out the extension of its files, or has another."""
        name = PurePosixPath(written.strip().replace("\\", "/")).name
        for extension in sorted(EXTENSIONS):
            if self._index().get(_fold(name + extension)):
                return f": set `extension: {extension}` of the source in params.yaml"
        others = (_fold(str(PurePosixPath(name or "-").with_suffix(end))) for end in sorted(EXTENSIONS))
        near = [path for other in (_fold(name), *others) for path in self._index().get(other, [])]
        return f": there is {near[0].relative_to(self._root).as_posix()!r}, so correct the table" if near else ""


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _find_file(folder: Path, inside: PurePosixPath) -> Path | None:
    """The file, also where table and disk differ in the form of accents."""
    # macOS may store decomposed accents where the table has composed ones
    forms = [str(inside), *(unicodedata.normalize(form, str(inside)) for form in ("NFC", "NFD"))]
    return next((path for form in forms if (path := folder / form).is_file()), None)
