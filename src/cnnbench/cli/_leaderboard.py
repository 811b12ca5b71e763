"""Lines of the leaderboard: which of them, in which order, and as a table for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from cnnbench.cli import _selection
from cnnbench.core import files, markdown
from cnnbench.core.errors import UserError, unknown
from cnnbench.metrics import lookup
from cnnbench.results import columns
from cnnbench.results.line import ENDS, Line

FORMATS = ("table", "csv", "json", "markdown")


def choose(
    lines: Sequence[Line], names: Sequence[str], datasets: Sequence[str] | None, architectures: Sequence[str] | None
) -> list[Line]:
    """The lines that all of these let through.

    Args:
        lines: All.
        names: See `_selection.choose`; none for all.
        datasets: Names or patterns; None for all.
        architectures: Likewise.

    Raises:
        UserError: A word fits no line, or no line fits all.
    """
    runs = {line.run: line.dataset for line in lines}
    named = _selection.choose(names, runs) if names else runs
    of = _fitting("a data set", datasets, [line.dataset for line in lines])
    by = _fitting("an architecture", architectures, [line.architecture for line in lines])
    chosen = [line for line in lines if line.run in named and line.dataset in of and line.architecture in by]
    if not chosen:
        raise UserError("Expected a run that all filters let through, received none: leave one out.")
    return chosen


def sort(lines: Sequence[Line], column: str, *, reverse: bool = False) -> list[Line]:
    """Sorts by a column of leaderboard.csv: a metric from the best on, another from the least on; what has none last.

    Raises:
        UserError: There is no such column.
    """
    names = _metrics(lines)
    header = columns.csv_header(names)
    if column not in header:
        ends = _ends(names) - {*names}
        raise unknown("a column of leaderboard.csv", column, [name for name in header if name not in ends])
    cells = [[*columns.csv_cells(line, names)][header.index(column)] for line in lines]
    keys = _as_numbers(cells)
    have = [index for index, cell in enumerate(cells) if cell]
    higher = column in _ends(names) and not _lower_is_better(column)
    have.sort(key=lambda index: keys[index], reverse=higher != reverse)
    return [lines[index] for index in [*have, *(index for index, cell in enumerate(cells) if not cell)]]


def render(lines: Sequence[Line], form: str, everything: Sequence[Line]) -> str:
    """The lines as CSV or JSON, with the columns of leaderboard.csv, or as Markdown, with those of report.md.

    Args:
        lines: To be shown.
        form: One of `FORMATS` but "table".
        everything: All of the leaderboard, which give the columns, whatever is shown.
    """
    if form == "markdown":
        shown = columns.select("markdown")
        header = (f">{column.heading}" if column.numeric else column.heading for column in shown)
        rows = ([markdown.escape(column.text(line)) for column in shown] for line in lines)
        return "\n".join([*markdown.table(header, rows), ""])
    if form == "csv":
        from cnnbench.report import leaderboard

        names = _metrics(everything)
        return leaderboard.table(columns.csv_header(names), (columns.csv_cells(line, names) for line in lines))
    return files.json_text([_as_object(line) for line in lines])


def _as_object(line: Line) -> dict[str, object]:
    shown = columns.select("csv")
    fields = {column.name: column.raw(line) if column.raw else getattr(line, column.name) for column in shown}
    return fields | {"metrics": {name: line.metrics[name]._asdict() for name in lookup.sort_names(line.metrics)}}


def _metrics(lines: Iterable[Line]) -> list[str]:
    return lookup.sort_names({name for line in lines for name in line.metrics})


def _ends(names: Iterable[str]) -> set[str]:
    return {f"{name}{end}" for name in names for end in ENDS}


def _lower_is_better(column: str) -> bool:
    name = next(name for end in ENDS for name in lookup.names() if f"{name}{end}" == column)
    return lookup.find(name).lower_is_better


def _as_numbers(cells: Sequence[str]) -> Sequence[float] | Sequence[str]:
    """The cells as numbers where all that are not empty are some, to sort 10 behind 9."""
    try:
        return [float(cell or 0) for cell in cells]
    except ValueError:
        return cells


def _fitting(what: str, words: Sequence[str] | None, known: Sequence[str]) -> set[str]:
    """Those of the names that a word or pattern fits; all where there is no word."""
    fits = {word: {name for name in known if fnmatchcase(name, word)} for word in words or ()}
    for word, found in fits.items():
        if not found:
            raise unknown(what, word, list(dict.fromkeys(known)))
    return set().union(*fits.values()) if fits else set(known)
