"""What the commands share in talking to people."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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


def table(columns: Mapping[str, Mapping[str, Any]]) -> Table:
    """A table without frames; each column has rich's options for it."""
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for name, options in columns.items():
        shown.add_column(name, **options)
    return shown
