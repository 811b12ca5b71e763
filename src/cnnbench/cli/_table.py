"""A table that loses nothing, however narrow the terminal is: no column is left out, no name or figure is cut.

Where there is room each row is a line. In a narrower terminal the first cell, which names the row, stands above the
others; and where these do not fit side by side, each follows its heading.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, ConsoleOptions
from rich.text import Text

from cnnbench.core.printable import printable

_GAP, _INDENT = "  ", "  "
# A line breaks before a word or a parenthesis, never before or after a number: half a figure would read as another.
_BREAK = re.compile(r" (?=[^\W\d_]|\()")
_NUMBER = re.compile(r"\(?[\d.,]+")


class Table:
    """Rows under headings, for `Console.print(table, soft_wrap=True)`.

    Args:
        headings: Of the columns; those that begin with ">" hold numbers, which stand to the right.
    """

    def __init__(self, headings: Sequence[str]) -> None:
        self._numeric = [name.startswith(">") for name in headings]
        self._headings = [Text(printable(name.removeprefix(">")), "bold") for name in headings]
        self._rows: list[list[Text]] = []

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def add_row(self, *cells: str | Text) -> None:
        """Adds a row with a cell for each column; a coloured one is a `Text`."""
        self._rows.append([_safe(cell) for cell in cells])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines of the layout that takes the fewest, of those that fit."""
        width = options.max_width
        layouts = [lines for lines in (self._rows_as_lines(width), self._names_above(width)) if lines]
        for line in min(layouts, key=len) if layouts else self._records(width):
            line.rstrip()
            yield line

    def _rows_as_lines(self, width: int) -> list[Text]:
        widths = self._fit(range(len(self._headings)), width)
        if not widths:
            return []
        head = [*_side_by_side(self._headings, widths, self._numeric), Text("─" * _total(widths))]
        return head + [line for row in self._rows for line in _side_by_side(row, widths, self._numeric)]

    def _names_above(self, width: int) -> list[Text]:
        widths = self._fit(range(1, len(self._headings)), width - len(_INDENT))
        if not widths:
            return []

        def lines(row: Sequence[Text]) -> list[Text]:
            below = _side_by_side(row[1:], widths, self._numeric[1:])
            return [*_wrap(row[0], width), *(Text(_INDENT).append_text(line) for line in below)]

        head = [*lines(self._headings), Text("─" * min(width, len(_INDENT) + _total(widths)))]
        return head + list(itertools.chain.from_iterable(map(lines, self._rows)))

    def _records(self, width: int) -> Iterator[Text]:
        for name, *cells in self._rows:
            yield from _wrap(Text(name.plain, "bold"), width)
            pairs = [
                Text.assemble(f"{heading.plain}: ", cell, "; ")
                for heading, cell in zip(self._headings[1:], cells, strict=True)
                if cell.plain
            ]
            if pairs:
                pairs[-1].right_crop(len("; "))
            room = width - len(_INDENT)
            pieces = [[pair] if pair.cell_len <= room else _pieces(pair) for pair in pairs]
            for line in _fill(itertools.chain.from_iterable(pieces), room):
                yield Text(_INDENT).append_text(line)

    def _fit(self, columns: range, width: int) -> list[int]:
        """The widths of these columns in so many characters; none where they do not fit, or there is none."""
        chosen = [(self._headings[column], [row[column] for row in self._rows]) for column in columns]
        whole = [max([0, *(cell.cell_len for cell in cells)]) for _, cells in chosen]
        on_one_line = [max(heading.cell_len, cells) for (heading, _), cells in zip(chosen, whole, strict=True)]
        if _total(on_one_line) <= width:
            return on_one_line
        widths = [max(_longest(heading), cells) for (heading, _), cells in zip(chosen, whole, strict=True)]
        least = [
            size if self._numeric[column] else max(map(_longest, [heading, *cells]))
            for column, size, (heading, cells) in zip(columns, widths, chosen, strict=True)
        ]
        if _total(least) > width:
            return []
        while _total(widths) > width:  # takes from the widest of those that can give
            widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
            widths[widest] -= 1
        return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _side_by_side(cells: Sequence[Text], widths: Sequence[int], numeric: Sequence[bool]) -> list[Text]:
    """The lines of a row; a heading or a text that is wider than its column goes on below."""
    wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for parts in itertools.zip_longest(*wrapped, fillvalue=Text()):
        padded = []
        for part, width, to_the_right in zip(parts, widths, numeric, strict=True):
            space = Text(" " * (width - part.cell_len))
            padded.append(space + part if to_the_right else part + space)
        lines.append(Text(_GAP).join(padded))
    return lines


def _wrap(text: Text, width: int) -> list[Text]:
    return _fill(_pieces(text), width)


def _fill(pieces: Iterable[Text], width: int) -> list[Text]:
    """Puts pieces into lines, none wider than this unless one piece is."""
    lines: list[Text] = []
    for piece in pieces:
        if lines and lines[-1].cell_len + _bare(piece) <= width:
            lines[-1].append_text(piece)
        else:
            lines.append(piece.copy())
    for line in lines:
        line.rstrip()
    return lines


def _pieces(text: Text) -> list[Text]:
    """What must not be broken, each with the space after it."""
    breaks = [match.end() for match in _BREAK.finditer(text.plain)]
    return list(text.divide([end for end in breaks if not _NUMBER.fullmatch(text.plain[:end].split(" ")[-2])]))


def _longest(text: Text) -> int:
    """The width of the widest piece."""
    return max(map(_bare, _pieces(text)))


def _bare(piece: Text) -> int:
    """The width without the space after it."""
    return piece.cell_len - (len(piece.plain) - len(piece.plain.rstrip()))


def _safe(cell: str | Text) -> Text:
    if isinstance(cell, str):
        return Text(printable(cell))
    cell.plain = printable(cell.plain)
    return cell
