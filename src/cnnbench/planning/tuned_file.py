"""A tuned recipe written into params.yaml; all other lines stay as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from cnnbench import config
from cnnbench.config import Params
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.planning import params_file
from cnnbench.planning.yaml_form import format_mapping


def check(path: Path, name: str, *, replace: bool) -> None:
    """Checks, before hours of trials, that `write` can write the run's recipe.

    Raises:
        UserError: The run has one, and it is not to be replaced; or the run is no block of lines of its own.
    """
    run = config.load(path).runs[name]
    if run.tuned is not None and not replace:
        raise UserError(
            f"Expected a run without tuned: in {path}, received {name}, which has one: --replace writes another in its "
            "place."
        )
    _read_edited(path, name, {}, 1)


def write(path: Path, name: str, changes: Mapping[str, Any], trials: int) -> None:
    """Writes `tuned:` and `trials:` of a run, in place of those that it has.

    Args:
        path: The params.yaml.
        name: Of the run.
        changes: What differs from its recipe.
        trials: How many it was chosen from.

    Raises:
        UserError: The run is not in block style, or the file would not hold exactly what was expected.
    """
    text = _read_edited(path, name, changes, trials)
    with files.aside(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def _read_edited(path: Path, name: str, changes: Mapping[str, Any], trials: int) -> str:
    """The text with the recipe in it."""
    with path.open(encoding="utf-8", newline="") as file:  # keeps Windows line ends
        text = _edit(file.read(), name, changes, trials)
    with files.scratch(path.absolute().parent) as folder:
        (folder / path.name).write_text(text, encoding="utf-8", newline="")
        # text was edited, not data: only reading it back shows what it means
        _compare(config.load(path), config.load(folder / path.name), name, changes, trials)
    return text


def _edit(text: str, name: str, changes: Mapping[str, Any], trials: int) -> str:
    lines, end = params_file.split_lines(text)
    runs = YAML().load(text)["runs"]
    run = runs[name]
    if run.fa.flow_style() or name not in _own(runs) or "recipe" not in _own(run):
        raise UserError(
            f"Expected a run with a recipe of its own, its keys below one another, received {name}: tune the run that "
            "it repeats, or indent it."
        )
    own = _own(run)
    at = params_file.find_end(lines, run, "recipe")
    indent = " " * run.lc.key("recipe")[1]
    # from the end, so that the numbers of the lines above stay true
    for key in sorted({"tuned", "trials"} & set(own), key=lambda key: run.lc.key(key)[0], reverse=True):
        start, stop = run.lc.key(key)[0], params_file.find_end(lines, run, key)
        del lines[start:stop]
        at = start if key == "tuned" else at - (stop - start) * (start < at)
    new = ["tuned:" if changes else "tuned: {}", *(f"  {line}" for line in format_mapping(changes, len(indent) + 2))]
    lines[at:at] = [f"{indent}{line}{end}" for line in [*new, f"trials: {trials}"]]
    return "\n".join([*lines, ""])


def _own(mapping: CommentedMap) -> Sequence[str]:
    """The keys that stand there, without those that a merge brings."""
    return [key for key in mapping if key in mapping.lc.data]


def _compare(before: Params, after: Params, name: str, changes: Mapping[str, Any], trials: int) -> None:
    """Compares all with what it is to be; a run that repeats this one may change with it."""
    whole = config.Recipe.model_validate(before.runs[name].recipe.model_dump() | dict(changes))
    expected = {key: getattr(whole, key) for key in changes}

    def tuned(run: config.Run) -> config.Run:
        return run.model_copy(update={"tuned": run.recipe.model_copy(update=expected), "trials": trials})

    same = {
        key: run in ([tuned(before.runs[key])] if key == name else [before.runs[key], tuned(before.runs[key])])
        for key, run in after.runs.items()
    }
    rest = after.model_copy(update={"runs": before.runs})
    if rest != before or after.runs.keys() != before.runs.keys() or not all(same.values()):
        raise UserError(f"Expected to write tuned: of {name} and change nothing else, received more: write it by hand.")
