"""Runs added to params.yaml in place.

ruamel gives the line of each run and formats the new ones, which are inserted as text. A dump of the whole file would
move comments that follow a run, and would change or refuse lines in another style than ruamel's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from cnnbench import config
from cnnbench.config import Recipe, Run
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.planning.yaml_form import format_mapping

_USUAL = ("optimizer", "lr", "schedule", "loss", "batch_size", "epochs", "l2")  # settings that every recipe states
_NONE = re.compile(r"runs:\s*\{\s*\}\s*")


class NewRun(NamedTuple):
    """A run that params.yaml lacks.

    Attributes:
        name: Its key.
        run: Its content.
        origin: The run that it repeats, or from which it has the recipe; empty where there is none.
        after: The run after which it is inserted; empty where there is none yet.
    """

    name: str
    run: Run
    origin: str
    after: str


def add(path: Path, new: Sequence[NewRun], *, merge: bool = False) -> None:
    """Adds runs to params.yaml; all other lines stay as they are.

    Args:
        path: The file.
        new: The runs.
        merge: Whether each is one line, `name: {<<: *run, seed: 1, fold: 0}`, that merges its origin, which gets an
            anchor; else each is written whole.

    Raises:
        UserError: The runs are not in block style, or the changed file would not hold exactly the expected runs.
    """
    before = config.load(path)
    expected = before.model_copy(update={"runs": before.runs | {added.name: added.run for added in new}})
    with path.open(encoding="utf-8", newline="") as file:  # keeps Windows line ends
        text = file.read()
    with files.aside(path) as part:
        part.write_text(_insert(text, new, merge=merge), encoding="utf-8", newline="")
        # text was edited, not data: only reading it back shows that no other run has changed
        if config.load(part) != expected:
            raise UserError(
                f"Expected to add {len(new)} runs to {path} and change no other, received something else; "
                "add them by hand."
            )


def _insert(text: str, new: Sequence[NewRun], *, merge: bool) -> str:
    """The text with the new runs in it, and with the anchors that they need."""
    # only ruamel's round-trip loader knows lines and anchors
    top = YAML().load(text)
    if "runs" not in top:
        raise UserError("Expected `runs: {}` on a line of params.yaml, received no such key: add the line.")
    runs, first = top["runs"], not top["runs"]
    if not first and runs.fa.flow_style():
        raise UserError("Expected `runs:` with a run below the other in params.yaml, received another form; indent it.")
    lines, end = split_lines(text)
    inserted: dict[int, list[str]] = {}
    if first:
        at = top.lc.key("runs")[0]
        if not _NONE.fullmatch(lines[at].removesuffix("\r")):
            raise UserError(f"Expected `runs: {{}}` on a line of params.yaml, received {lines[at]!r}: write it so.")
        lines[at] = lines[at].replace("{", "", 1).replace("}", "", 1).rstrip() + end
        inserted[at + 1] = [f"  {line}{end}" for added in new for line in _format_run(added)]
    for added in () if first else new:
        written = [_format_repeat(added, _ensure_anchor(lines, runs, added.origin))] if merge else _format_run(added)
        indent = " " * runs.lc.key(added.after)[1]
        inserted.setdefault(find_end(lines, runs, added.after), []).extend(f"{indent}{line}{end}" for line in written)
    # from the end, so that the numbers of the lines above stay true
    for at in sorted(inserted, reverse=True):
        lines[at:at] = inserted[at]
    return "\n".join([*lines, ""])


def split_lines(text: str) -> tuple[list[str], str]:
    """The lines of params.yaml, and what stands before the end of each: a carriage return, or nothing.

    Raises:
        UserError: They end in another way.
    """
    # ruamel counts these as ends of lines, too
    if re.search("\r(?!\n)|[\x85\u2028\u2029]", text):
        raise UserError("Expected lines of params.yaml that end in \\n or \\r\\n, received other ends; change them.")
    end = "\r" if "\r\n" in text else ""
    lines = text.removesuffix("\n").removesuffix("\r").split("\n")
    if end:
        lines[-1] += end
    return lines, end


def find_end(lines: Sequence[str], runs: CommentedMap, name: str) -> int:
    """The number of the line after the last of a key; a comment as deep as its lines belongs to it."""
    start, indent = runs.lc.key(name)
    end: int = start + 1
    for number, line in enumerate(lines[end:], end + 1):
        if line.strip() and len(line) - len(line.lstrip()) > indent:
            end = number
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return end


def _ensure_anchor(lines: list[str], runs: CommentedMap, name: str) -> str:
    """The anchor of a run; adds one to its line where it has none."""
    run = runs[name]
    if not run.anchor.value:
        wanted = re.sub(r"[^A-Za-z0-9_-]", "-", name)
        taken = set(re.findall(r"&([^\s\[\]{},]+)", "\n".join(lines)))
        numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
        run.yaml_set_anchor(next(anchor for anchor in (wanted, *numbered) if anchor not in taken))
        number, _ = runs.lc.key(name)
        lines[number] = lines[number].replace(":", f": &{run.anchor.value}", 1)
    return str(run.anchor.value)


def _format_repeat(new: NewRun, anchor: str) -> str:
    return f"{new.name}: {{<<: *{anchor}, seed: {new.run.seed}, fold: {new.run.fold}}}"


def _format_run(new: NewRun) -> list[str]:
    """A run in the style of the shipped ones, without the optional settings of a recipe that are off."""
    run = new.run.model_dump(include={"dataset", "architecture", "weights", "seed", "fold", "recipe", "quick"})
    off = {key: field.default for key, field in Recipe.model_fields.items() if key not in _USUAL}
    run["recipe"] = {key: value for key, value in run["recipe"].items() if value != off.get(key, ...)}
    if run["quick"]["schedule"] is None:  # the others stand there without a value, for `dvc exp run -S`
        del run["quick"]["schedule"]
    first, *others = format_mapping({new.name: run}, 2)
    return [f"{first}   # recipe of {new.origin}" if new.origin else first, *others]
