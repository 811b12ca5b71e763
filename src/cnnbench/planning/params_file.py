"""Runs added to params.yaml in place: every other line, comments included, stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, MappingNode

from cnnbench import config
from cnnbench.core import files
from cnnbench.core.errors import UserError

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")  # a key that needs no quotes


class Sheet:
    """The text of a params.yaml, to which runs are added.

    Raises:
        UserError: The runs do not stand in the file one below the other, each under its name.
    """

    def __init__(self, text: str) -> None:
        runs = next((value for key, value in _pairs(YAML().compose(text)) if key.value == "runs"), None)
        if not isinstance(runs, MappingNode) or runs.flow_style:
            raise UserError(
                "Expected `runs:` with a run below the other in params.yaml, received another form; indent it."
            )
        self._text = text
        self._end = "\r\n" if "\r\n" in text else "\n"
        self._runs = {key.value: (key, value) for key, value in _pairs(runs)}
        self._indent = runs.value[0][0].start_mark.column
        self._anchors = set(re.findall(r"&([^\s\[\]{},]+)", text))
        self._edits: dict[int, str] = {}  # where, and what is put there

    def anchor(self, run: str) -> str:
        """The anchor of a run that is there, which it gets where it has none."""
        key, value = self._runs[run]
        if not value.anchor:
            value.anchor = _free(re.sub(r"[^A-Za-z0-9_-]", "-", run), self._anchors)
            self._anchors.add(value.anchor)
            colon = self._text.index(":", key.end_mark.index) + 1
            self._edits[colon] = f" &{value.anchor}"
        return str(value.anchor)

    def add(self, after: str, *lines: str) -> None:
        """Puts lines, each without line end and the first without indent, after the lines of a run that is there."""
        at = _past(self._text, self._runs[after][0].start_mark.index, self._indent)
        new = "".join(f"{' ' * self._indent}{line}{self._end}" for line in lines)
        self._edits[at] = self._edits.get(at, "" if self._text[:at].endswith("\n") else self._end) + new

    def text(self) -> str:
        """The whole, with what was added."""
        text = self._text
        for at in sorted(self._edits, reverse=True):
            text = text[:at] + self._edits[at] + text[at:]
        return text


def key(name: str) -> str:
    """A run's name as it is written in YAML."""
    return name if _PLAIN.fullmatch(name) else json.dumps(name)


def write(path: Path, edit: Callable[[Sheet], None], added: Mapping[str, config.Run]) -> None:
    """Changes params.yaml, if all that changes are these runs.

    Args:
        path: The file.
        edit: Adds the runs.
        added: The runs that are expected in the file then, beside all that is in it now.

    Raises:
        UserError: The runs do not stand in the file one below the other, or something else would come of it.
    """
    with path.open(encoding="utf-8", newline="") as file:
        sheet = Sheet(file.read())
    before = config.load(path)
    edit(sheet)
    with files.aside(path) as part:
        part.write_text(sheet.text(), encoding="utf-8", newline="")
        after = config.load(part)
        if after.model_copy(update={"runs": before.runs}) != before or after.runs != {**before.runs, **added}:
            raise UserError(
                f"Expected to add {len(added)} runs to {path} and change no other, received something else; "
                "add them by hand."
            )


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, MappingNode):
        yield from node.value


def _free(name: str, taken: Collection[str]) -> str:
    """The name, or with a number where it is taken."""
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(candidate for candidate in (name, *numbered) if candidate not in taken)


def _past(text: str, start: int, indent: int) -> int:
    """Where the run ends whose name is at `start`: past its last line, and past comments as deep as its own lines."""
    end = text.find("\n", start) + 1 or len(text)
    at = end
    while at < len(text):
        stop = text.find("\n", at) + 1 or len(text)
        line = text[at:stop]
        deeper = len(line) - len(line.lstrip(" ")) > indent
        if line.strip() and not deeper and not line.lstrip().startswith("#"):
            break
        at = stop
        if line.strip() and deeper:
            end = at
    return end
