"""What the commands share in talking to people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from rich.console import Console
    from rich.table import Table

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_PIPED_WIDTH = 120  # columns, where the output is no terminal


def console() -> Console:
    """Prints what it is given as it is: no markup, no colours of its own."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return Console(width=width, markup=False, highlight=False, emoji=False)


def add_path(parser: argparse.ArgumentParser, option: str, kind: str, default: str) -> None:
    """Adds an option that names a file or a folder, as `kind` says in the help."""
    parser.add_argument(option, type=Path, default=Path(default), metavar=kind, help="default: %(default)s")


def table(*columns: str) -> Table:
    """A table without frames; a column whose name begins with ">" holds numbers, the first may break its lines."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for index, name in enumerate(columns):
        right = name.startswith(">")
        shown.add_column(
            name.removeprefix(">"), justify="right" if right else "left", no_wrap=index > 0, overflow="fold"
        )
    return shown
