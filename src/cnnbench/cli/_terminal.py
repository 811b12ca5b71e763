"""Options and output that the commands share; all that is printed passes through here, and is `printable`."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from cnnbench.cli._table import Table

_PIPED_WIDTH = 100_000  # a row of a table is a line in a file or a pipe, however long


def width() -> int:
    """The columns of the terminal; COLUMNS sets them, also for what is no terminal, which has no end else."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size((_PIPED_WIDTH, 24)).columns
    return _PIPED_WIDTH


def console() -> Console:
    """A console that prints text unchanged but for what a terminal would obey: no markup, no colours of its own."""
    from rich.console import Console

    from cnnbench.cli._table import Table

    class Plain(Console):
        def print(self, *objects: Any, **options: Any) -> None:
            # a line of a table fits, or is one that must not be cut
            options = {"soft_wrap": any(isinstance(shown, Table) for shown in objects)} | options
            super().print(*map(_safe, objects), **options)

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # for `one_line`: Rich would exit with 1

    # markup: a name in brackets would be taken for a style, and vanish.
    return Plain(width=width(), markup=False, highlight=False, emoji=False)


def say(line: object, *, error: bool = False) -> None:
    """Prints a line to stdout or stderr, however long."""
    print(printable(line), file=sys.stderr if error else sys.stdout)


def write(text: str) -> None:
    """Writes what programs read to stdout: in UTF-8, whatever the encoding; a terminal gets it `printable`."""
    if sys.stdout.isatty():  # a pipe gets names as they are
        text = "\n".join(map(printable, text.split("\n")))
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()  # a reader of the pipe need not wait for the last batch


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


def table(*headings: str) -> Table:
    """A table without frames; a column whose heading begins with ">" holds numbers."""
    from cnnbench.cli._table import Table

    return Table(headings)


def _safe(shown: Any) -> Any:
    return printable(shown) if isinstance(shown, str) else shown
