"""Networks and data sets of a project of a user's own: what may be one, so that DVC sees all of its code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cnnbench.core.errors import UserError


class Kind(NamedTuple):
    """A kind of plug-in.

    Attributes:
        folder: Of the project.
        room: Of the package, which it extends.
        suffix: Of one plug-in; empty for a folder.
    """

    folder: str
    room: str
    suffix: str


KINDS = (Kind("networks", "networks", ".py"), Kind("sets", "data/sets", ""))


def check(own: Path, kind: Kind, room: Path) -> None:
    """Refuses what would take the place of the package's code, or whose change DVC would not see.

    Args:
        own: The folder of the project.
        kind: Of its plug-ins.
        room: The folder of the package.

    Raises:
        UserError: One has a name that the package has, is a folder where it should be a file or the other way round,
            is no Python, or imports another.
    """
    modules = [path for path in sorted(own.iterdir()) if path.suffix == ".py" or (path / "__init__.py").is_file()]
    form = "a file, whose name ends in .py," if kind.suffix else "a folder with an __init__.py"
    for path in modules:
        if path.suffix != kind.suffix:
            raise UserError(f"Expected each of {kind.folder}/ as {form} received {path.name}: DVC looks for that.")
        if (room / path.name).exists() or (room / f"{path.stem}.py").exists():
            raise UserError(
                f"Expected a name in {kind.folder}/ that the package's own have not, received {path.name}: rename it, "
                "so that a name means one thing."
            )
    names = {path.stem for path in modules}
    for path in modules:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for other in _imported(file, kind) & (names - {path.stem}):
                raise UserError(
                    f"Expected each of {kind.folder}/ by itself, received {path.name}, which imports {other}: "
                    "DVC would not see a change there. Copy what it needs."
                )


def _imported(file: Path, kind: Kind) -> set[str]:
    """The names of plug-ins of this kind that a file may import."""
    homes = (f"cnnbench.{kind.room.replace('/', '.')}.", f"{kind.folder}.", ".")
    return {
        name.removeprefix(home).partition(".")[0] for name in _imports(file) for home in homes if name.startswith(home)
    }


def _imports(file: Path) -> Iterator[str]:
    """Full names of all that a file imports; a relative one begins with a dot."""
    import ast  # only a project of one's own needs it

    try:
        tree = ast.parse(file.read_bytes(), filename=str(file))
    except (SyntaxError, ValueError) as error:
        raise UserError(f"Expected Python in {file.parent.name}/{file.name}, received {error}: mend it.") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{node.module}." if node.module else ""
            yield from (f"{'.' if node.level else ''}{module}{alias.name}" for alias in node.names)
