"""Progress bars, shown only in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def bar(description: str, total: int | None) -> Iterator[Callable[..., None]]:
    """Shows a bar while the block runs, where stderr is a terminal; a `total` of None is unknown.

    Yields:
        A function to call after each step, or with a number of steps.
    """
    # stdout is for results, which a user may pipe
    console = Console(stderr=True)
    columns = (
        # file names may hold brackets, which rich would take for markup
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield lambda steps=1: progress.advance(task, steps)
