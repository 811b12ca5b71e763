"""The parser of the command line: help as wide as the terminal, and the nearest name for one that is unknown.

It is argparse, which needs no more for this than what stands here. click and typer have no option that takes several
values (`--seeds 0 1 2`), none with an optional value (`--slurm [local]`) beside those that exclude each other, and
would have every command written anew.
"""

from __future__ import annotations

import argparse
import re
import shutil
import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NoReturn

from cnnbench.core.errors import suggest
from cnnbench.core.printable import printable_line

EXIT_CODES = """\
Exit codes, of every command: 0 done; 1 done, and something is not as it should be; 2 not done, for wrong usage, a name
or a file that does not fit, or what the system refuses; 128 + n ended by signal n, as 130 by Ctrl-C."""
_WIDEST, _NARROWEST = 120, 24  # columns of the help, and of a text beside its indentation
# names that people come with from elsewhere, for which the nearest in letters is another
_MEANT = {"train": "run", "evaluate": "run", "repro": "bench", "all": "bench", "list": "runs", "leaderboard": "results"}


class Parser(argparse.ArgumentParser):
    """Quotes what it was given in one line that is safe to show, with the nearest known name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Help, **options)

    def error(self, message: str) -> NoReturn:
        """Ends with the usage and the message."""
        super().error(printable_line(message))

    def refuse(self, left: Sequence[str]) -> NoReturn:
        """Ends for what no argument has taken, with the nearest option."""
        options = [name for action in self._actions for name in action.option_strings]
        near = next((hint for word in left if (hint := suggest(word.partition("=")[0], options))), "")
        self.error(f"unrecognized arguments: {' '.join(left)}{near}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # as argparse has it, but for the nearest name, which it has from Python 3.14 on
        choices: Collection[str] | None = action.choices  # type: ignore[assignment]
        if choices is not None and value not in choices:
            meant = _MEANT.get(value, "") if isinstance(action, argparse._SubParsersAction) else ""
            near = f" (did you mean {meant}?)" if meant else suggest(value, choices)
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}{near} (choose from {', '.join(choices)})")


class _Help(argparse.HelpFormatter):
    """As wide as the terminal. Paragraphs are filled; an indented line stays one, and goes on below its text."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size().columns, _WIDEST) - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in _fill(text, width - len(indent)))


def _fill(text: str, width: int) -> Iterator[str]:
    paragraph: list[str] = []
    for line in [*text.strip().splitlines(), ""]:
        if line and not line.startswith(" "):
            paragraph.append(line)
            continue
        yield from _wrap(" ".join(paragraph), width)
        paragraph = []
        yield from _wrap(line, width, _find_hang(line, width)) if line else [""]


def _wrap(text: str, width: int, hang: int = 0) -> list[str]:
    return textwrap.wrap(
        text, width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False, expand_tabs=False
    )


def _find_hang(line: str, width: int) -> int:
    """Where the text of an indented line begins: behind the gap of two spaces after its name, where it has one."""
    indentation = len(line) - len(line.lstrip())
    found = re.match(r" *\S+(?: \S+)* {2,}", line)
    return found.end() if found and found.end() <= width - _NARROWEST else indentation + 2
