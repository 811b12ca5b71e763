"""Text from data, files and the command line, safe to show: a terminal, a page or a log obeys none of it."""

from __future__ import annotations

import io
import os
import re
import sys
import unicodedata
from typing import TextIO

_LONGEST = 2000
# what follows :: at the start of a line, or ##[ anywhere, a job on GitHub takes for a command
_COMMANDS = re.compile(r":(?=:)|#(?=#\[)")
# the joiners are a matter of spelling in Persian and Hindi; spaces of all widths look like what they are
_SHOWN = ("\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}")


def printable(text: object) -> str:
    r"""Escapes what is not shown as it stands: control characters, line breaks, and those that turn the direction.

    `\x1b` can recolour or clear a terminal, a line break can forge a line of a log, and U+202E shows the rest of a line
    backwards.
    """
    shown = "".join(character if _is_shown(character) else _escape(character) for character in str(text))
    return _COMMANDS.sub(lambda match: f"\\x{ord(match[0]):02x}", shown)


def printable_line(text: object) -> str:
    """The same, with the middle left out of a very long text: an error may quote a value of any size."""
    shown = printable(text)
    if len(shown) <= _LONGEST:
        return shown
    return f"{shown[: _LONGEST // 2]} ... {shown[-_LONGEST // 2 :]}"


def open_closed_streams() -> None:
    """Gives what is printed a place where the caller has closed stdout or stderr, which are None then."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            # at its own number: else the next file that is opened has it, and gets what a child prints
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            if nowhere != number:
                os.close(nowhere)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def widen(stream: TextIO) -> None:
    """Lets a terminal of a narrow encoding, such as Latin-1, show an escape for what it lacks, as stderr does."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def _is_shown(character: str) -> bool:
    return character.isprintable() or character in _SHOWN or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
