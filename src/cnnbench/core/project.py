"""The project in the working directory: this repository, or one of a user's own that `cnnbench init` has written.

A stage depends on the code that computes what it writes. In the repository that is src/cnnbench. A project of one's
own has the installed package, which lies where DVC does not look: there the stage `settings` copies its code, and the
project's own networks and data sets with it, to data/code, where the other stages depend on it and run from it. So an
upgrade of the package, or an edit of a network, runs again what it concerns, as a commit to the repository does.
"""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import cnnbench
from cnnbench.core import plug_ins

CODE = Path("data/code")
"""The copy, in which `cnnbench` is importable."""

_REPOSITORY = "repository"  # what an installed package has of the repository beside src/; pyproject.toml says what


def shipped() -> Path:
    """The folder with the dvc.yaml, params.yaml, stages/ and plots/ of the package that runs.

    In an installed package it is a folder of it; otherwise it is the repository itself, so that nothing stands twice.
    """
    packed = _package() / _REPOSITORY
    return packed if packed.is_dir() else _package().parents[1]


def is_own(root: Path = Path()) -> bool:
    """Whether a folder is a project of a user's own: one whose stages depend on a copy of the package."""
    pipeline = root / "dvc.yaml"
    return pipeline.is_file() and CODE.as_posix() in pipeline.read_text(encoding="utf-8", errors="replace")


def add_plug_ins() -> None:
    """Lets `networks` and `data.sets` find those of the project as well: for commands, and for the stage `settings`.

    Raises:
        UserError: One has the name of the package's own, or DVC would not see all of its code.
    """
    if not is_own() or _package().is_relative_to(CODE.absolute()):  # the copy has them in it
        return
    for kind in plug_ins.KINDS:
        own = Path(kind.folder).absolute()
        if own.is_dir():
            plug_ins.check(own, kind, _package() / kind.room)
            path = importlib.import_module(f"cnnbench.{kind.room.replace('/', '.')}").__path__
            if str(own) not in path:
                path.append(str(own))


def copy_code() -> None:
    """Brings data/code of a project up to date; what is equal stays untouched."""
    wanted = _wanted(Path())
    for path in _find_changed(Path(), wanted):
        copy = CODE / path
        copy.unlink(missing_ok=True)  # not written over: it may be a link into DVC's cache
        if path in wanted:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(wanted[path], copy)


def find_changed_code(root: Path) -> list[Path]:
    """The files of data/code that the package or the project has otherwise by now; none where there is no copy."""
    if not is_own(root) or not (root / CODE).is_dir():
        return []
    return [root / CODE / path for path in _find_changed(root, _wanted(root))]


def _package() -> Path:
    return Path(cnnbench.__file__).absolute().parent


def _wanted(root: Path) -> dict[Path, Path]:
    """What belongs into data/code, and where it comes from."""
    home, package, stages = Path("cnnbench"), _package(), shipped() / "stages"
    code = {home / path: package / path for path in _files(package) if path.parts[0] != _REPOSITORY}
    code |= {home / _REPOSITORY / "stages" / path.name: path for path in stages.glob("*.py")}
    for kind in plug_ins.KINDS:
        code |= {home / kind.room / path: root / kind.folder / path for path in _files(root / kind.folder)}
    return code


def _files(folder: Path) -> list[Path]:
    """The files below a folder, relative to it, without compiled and hidden ones."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part.startswith((".", "__pycache__")) for part in path.parts))


def _find_changed(root: Path, wanted: dict[Path, Path]) -> list[Path]:
    copies = {path: root / CODE / path for path in (*wanted, *_files(root / CODE))}
    return [
        path
        for path, copy in copies.items()
        if path not in wanted or not copy.is_file() or copy.read_bytes() != wanted[path].read_bytes()
    ]
