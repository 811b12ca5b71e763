"""Options and output that the commands share; all that is printed passes through here, and is `printable`."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable

if TYPE_CHECKING:
    import argparse

    from rich.console import Console
    from rich.table import Table

_PIPED_WIDTH = 120  # columns, where the output is no terminal


def console() -> Console:
    """A console that prints text unchanged but for what a terminal would obey: no markup, no colours of its own."""
    from rich.console import Console

    class Plain(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            super().print(*map(_safe, objects), **options)

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    # markup: a name in brackets would be taken for a style, and vanish.
    return Plain(width=width, markup=False, highlight=False, emoji=False)


def say(line: object, *, error: bool = False) -> None:
    """Prints a line to stdout or stderr, however long."""
    print(printable(line), file=sys.stderr if error else sys.stdout)


def remedy(command: str) -> str:
    """What to do where there are no results: the command, unless params.yaml names no run that it could train."""
    from cnnbench import config
    from cnnbench.results import reading

    with suppress(UserError):  # the results may be of another repository
        if not config.load().runs:
            return reading.NO_RUN
    return f"run `{command}` first."


def add_run(parser: argparse.ArgumentParser) -> None:
    """Adds the argument that names one run."""
    parser.add_argument("name", metavar="RUN", help="as `cnnbench runs` names it")


def add_root(parser: argparse.ArgumentParser) -> None:
    """Adds the option that names the repository."""
    parser.add_argument("--root", type=Path, default=Path(), metavar="FOLDER", help="of the repository; default: here")


def add_path(parser: argparse.ArgumentParser, option: str, kind: str, default: str) -> None:
    """Adds an option that names a file or a folder; `kind` says which in the help."""
    parser.add_argument(option, type=Path, default=Path(default), metavar=kind, help="default: %(default)s")


def table(*columns: str) -> Table:
    """A table without frames; a column whose name begins with ">" holds numbers, the first may break its lines."""
    from rich import box
    from rich.table import Table

    class Plain(Table):
        def add_row(self, *cells: Any, **options: Any) -> None:
            super().add_row(*map(_safe, cells), **options)

    empty = Plain(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for index, name in enumerate(columns):
        numeric = name.startswith(">")
        # Names may break, figures may not: half a figure would read as another.
        empty.add_column(
            name.removeprefix(">"), justify="right" if numeric else "left", no_wrap=index > 0, overflow="fold"
        )
    return empty


def _safe(shown: Any) -> Any:
    from rich.text import Text

    if isinstance(shown, Text):  # a coloured one
        shown.plain = printable(shown.plain)
    return printable(shown) if isinstance(shown, str) else shown
