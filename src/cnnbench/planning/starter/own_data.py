"""The data set of a new project: the user's images, listed once so that what is wrong with them shows at once."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.sources.own.folder import Folder

_TRIAL = 1000  # examples of the quick profile
_EPOCHS = 20
_FEWEST = 3
_REMEDIES = {
    "name them under source.columns in params.yaml, such as {file: image_id, label: dx}": "use --file and --label",
    "correct source.path in params.yaml": "correct the path",
    "correct source.root in params.yaml": "correct --root",
}
"""There is no params.yaml yet: what its settings are called on the command line."""


class OwnData(NamedTuple):
    """What a project begins with.

    Attributes:
        name: Of the data set in params.yaml.
        entry: Its content there.
        about: What it is, in a few words.
        commonest: Share of the commonest class.
        epochs: Of its runs.
        notes: What the user should know of it, a line each.
    """

    name: str
    entry: dict[str, Any]
    about: str
    commonest: float
    epochs: int
    notes: tuple[str, ...] = ()


def digits() -> OwnData:
    """5,000 handwritten digits, which a package carries: to try the pipeline before there are data of one's own."""
    settings = {"source": "packaged", "examples": _TRIAL, "size": 28, "split": {"near_copies": "ignore"}}
    entry = {"definition": "mnist", "quick": settings, "full": settings | {"examples": None}}
    return OwnData("mnist", entry, "5,000 handwritten digits, to begin with", 0.1, _EPOCHS)


def images(source: dict[str, Any], size: int, columns: dict[str, str]) -> OwnData:
    """Images in a folder per class, or in a table.

    Args:
        source: Of params.yaml, with a path as the user gave it.
        size: Of the stored images, in pixels.
        columns: Of a table, by what they hold.

    Raises:
        UserError: They are not there, have fewer than two classes, or the table lacks a column.
    """
    path = Path(source["path"]).expanduser()
    # absolute: a relative path of params.yaml begins at the project
    source = {"name": "folder", **source, "path": _at_home(path)} | ({"columns": columns} if columns else {})
    settings = {"source": source, "examples": _TRIAL, "size": size, "split": "grouped"}
    data = Data.model_validate(settings)
    try:
        with tempfile.TemporaryDirectory() as scratch, Folder().open(data, None, Path(scratch)) as contents:
            names = contents.classes or ()
            counts = Counter(names[int(entry.label)] for entry in contents.entries)
            notes = contents.notes
    except UserError as error:
        message = str(error)
        for in_params, here in _REMEDIES.items():
            message = message.replace(in_params, here)
        raise UserError(message) from None
    rarest, fewest = counts.most_common()[-1]
    if fewest < _FEWEST:
        raise UserError(
            f"Expected {_FEWEST} images of each class at least, to train, validate and test, received {fewest} of "
            f"{rarest!r} in {path}: add some, or leave the class out."
        )
    total = sum(counts.values())
    classes = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    entry = {"definition": "folder", "quick": settings, "full": settings | {"examples": None}}
    return OwnData(
        _name(path), entry, f"{total:,} images ({classes})", counts.most_common(1)[0][1] / total, _EPOCHS, notes
    )


def _name(path: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", path.absolute().stem).strip("_-")[:50]
    return name or "images"


def _at_home(path: Path) -> str:
    """The path, with ~ for the user's home: so it may hold on another machine."""
    absolute = path.absolute()
    home = Path.home()
    return f"~/{absolute.relative_to(home).as_posix()}" if absolute.is_relative_to(home) else absolute.as_posix()
