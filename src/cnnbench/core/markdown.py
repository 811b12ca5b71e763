"""GitHub-flavoured Markdown: escaped text, tables and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cnnbench.core.printable import printable

# on GitHub $ begins mathematics, ~ strikes out and # links an issue
_SPECIAL = re.compile(r"([\\`*_\[\]|#~$!])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(raw: object) -> str:
    """Escapes markup and HTML in text from the data, and joins its lines."""
    # a line break would end the row of a table
    line = printable(" ".join(str(raw).split()))
    return _SPECIAL.sub(r"\\\1", re.sub("[&<>]", lambda match: _HTML[match[0]], line))


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table of escaped cells; a header that starts with > aligns its column right, for numbers."""
    names = list(header)
    yield f"| {' | '.join(name.removeprefix('>') for name in names)} |"
    yield f"| {' | '.join('---:' if name.startswith('>') else '---' for name in names)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def bullets(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a list, escaped, below an empty line; nothing for an empty list."""
    for index, line in enumerate(lines):
        yield ("" if index else "\n") + f"- {escape(line)}"
