"""Writes a project of a user's own: all of it, or nothing."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import cnnbench
from cnnbench.core import files, git, project
from cnnbench.core.errors import UserError
from cnnbench.planning.starter import own_params, own_pipeline
from cnnbench.planning.starter.own_data import OwnData

_TEMPLATES = Path(__file__).parent / "templates"
_KEPT = ("brought", *(f"reports/{kind}" for kind in ("baselines", "corruptions", "probes", "runs", "tests")))
_OURS = ("stages/run", "plots")
"""Of the repository, as they are, and written anew by an update."""
_IGNORES = (".gitignore", ".dvcignore")
_THEIRS = (*_IGNORES, ".dvc/config", ".dvc/.gitignore")
"""Of the repository at first; then the user's, who puts a remote into them."""


def check_place(folder: Path) -> None:
    """Checks that a project can be written into a folder.

    Raises:
        UserError: The folder is there and not empty, or it is in no git repository.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"Expected a new or an empty folder, received the file {folder}: choose another name.")
    if there := sorted(path.name for path in _content(folder)):
        raise UserError(
            f"Expected a new or an empty folder, received {folder} with {', '.join(there[:3])}"
            f"{', ...' if len(there) > 3 else ''} in it: choose another name."
        )
    above = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
    if git.read("rev-parse", "--is-inside-work-tree", root=above) != "true":
        raise UserError(
            f"Expected a folder in a git repository, which DVC needs, received {folder}: "
            f"`git init {shlex.quote(str(folder))}` first."
        )


def write(folder: Path, data: OwnData) -> list[str]:
    """Writes a project.

    Args:
        folder: New, or empty but for `.git`.
        data: Of its runs.

    Returns:
        The names of its runs.
    """
    runs = [f"{data.name}-{network}" for network in own_params.NETWORKS]
    with files.scratch(folder) as scratch:
        _write_pipeline(scratch)
        _copy(_THEIRS, scratch)
        shipped = (project.shipped() / "params.yaml").read_text(encoding="utf-8")
        params = scratch / "params.yaml"
        files.write_text(params, own_params.make(shipped, data.name, data.entry))
        own_params.add_runs(params, data.name, data.epochs, data.commonest)
        for path in _files(_TEMPLATES):
            text = (_TEMPLATES / path).read_text(encoding="utf-8")
            if path.name == "README.md" and path.parent == Path():
                words = {"title": folder.absolute().name, "version": cnnbench.__version__, "about": data.about}
                text = text.format(**words, run=runs[0])
            files.write_text(scratch / path, text)
        files.write_text(scratch / "requirements.txt", f"cnnbench=={cnnbench.__version__}\n")
        for path in sorted(scratch.iterdir()):
            path.rename(folder / path.name)
    return runs


def update(folder: Path) -> None:
    """Writes what is the package's in a project anew: the pipeline and the templates of plots.

    Files that say what git and DVC ignore gain the lines that they lack.

    Raises:
        UserError: The folder is no project.
    """
    if not project.is_own(folder):
        raise UserError(f"Expected a project that `cnnbench init` has written, received {folder}: go to its folder.")
    _write_pipeline(folder)
    for name in _IGNORES:
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = (project.shipped() / name).read_text(encoding="utf-8").splitlines()
        if lacking := [line for line in wanted if line not in there.splitlines()]:
            # a last line without an end would join the first of these
            files.write_text(path, "\n".join([*there.splitlines(), *lacking, ""]))


def _write_pipeline(folder: Path) -> None:
    shipped = project.shipped()
    files.write_text(folder / "dvc.yaml", own_pipeline.make((shipped / "dvc.yaml").read_text(encoding="utf-8")))
    # git keeps no empty folder, and in a clone whose stages are up to date none makes what the report depends on
    for name in _KEPT:
        files.write_text(folder / name / ".gitkeep", "")
    _copy(_OURS, folder)


def _copy(names: Iterable[str], folder: Path) -> None:
    shipped = project.shipped()
    for name in names:
        for path in [Path()] if (shipped / name).is_file() else _files(shipped / name):
            (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(shipped / name / path, folder / name / path)


def _files(folder: Path) -> Iterator[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return (path.relative_to(folder) for path in sorted(found))


def _content(folder: Path) -> Iterator[Path]:
    """What is in a folder, but for git's own and for what an `init` that was killed has left."""
    there = folder.iterdir() if folder.is_dir() else iter(())
    return (path for path in there if path.name != ".git" and not path.match(".cnnbench.*.part"))
