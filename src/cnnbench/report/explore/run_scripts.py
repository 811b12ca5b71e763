"""Writes the scripts, `explore/<run>.js`, that the page loads when its reader asks for a run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from cnnbench.core.errors import UserError
from cnnbench.core.files import write_text
from cnnbench.core.printable import printable
from cnnbench.report import links, text
from cnnbench.report.explore import panels, side_by_side
from cnnbench.results.reading import AGAIN
from cnnbench.results.run_result import SHEET_COLUMNS, RunResult
from cnnbench.runs.record import NO_FIGURES

FOLDER = "explore"
_LIST = "window.cnnbenchRuns"  # by name, which the scripts of the page read


class Choice(NamedTuple):
    """Runs of which a reader may choose two.

    Attributes:
        runs: Name, where the page finds its script, and a short name.
        other: The one to begin with beside the first: of another network, if there is one.
    """

    runs: list[tuple[str, str, str]]
    other: str


def compile_scripts(results: Iterable[RunResult], out: Path) -> dict[str, str]:
    """The content of each file, by its name.

    Args:
        results: Of every run.
        out: The folder of the page, to which the paths of pictures are relative.

    Raises:
        UserError: A file of a run is missing or damaged.
    """
    return {
        f"{FOLDER}/{result.run}.js": _script(result.run, _describe(result, peers, out))
        for result, peers in side_by_side.with_peers(results)
    }


def write(scripts: Mapping[str, str], out: Path) -> None:
    """Writes the files, and removes those of an earlier report that are no longer written."""
    (out / FOLDER).mkdir(parents=True, exist_ok=True)  # DVC expects it where there is no run, too
    for path in (out / FOLDER).glob("*.js"):
        if f"{FOLDER}/{path.name}" not in scripts:
            path.unlink()
    for name, content in scripts.items():
        write_text(out / name, content)


def script_address(run: str) -> str:
    """Where the page finds the script of a run."""
    return quote(f"{FOLDER}/{run}.js")


def pair_up(results: Iterable[RunResult]) -> Iterator[Choice]:
    """The groups of a data set's runs that can be set side by side.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    for members in side_by_side.groups(results):
        first, *others = members
        if others:
            other = next((one for one in others if one.architecture != first.architecture), others[0])
            named = [
                (printable(one.run), script_address(one.run), printable(one.run.removeprefix(f"{one.dataset}-")))
                for one in members
            ]
            yield Choice(named, printable(other.run))


def _describe(result: RunResult, peers: Mapping[str, Any], out: Path) -> dict[str, Any]:
    return {
        "classes": result.classes,
        "tested": result.examples["test"],
        "mistakes": _list_mistakes(result, out) if result.is_classification else None,
        "recipe": _list_settings(result),
        "history": {
            name: [float(row[name]) if row[name] else None for row in result.history]
            for name in (result.history[0] if result.history else ())
            if name not in NO_FIGURES
        },
        "peers": peers,
        "threshold": panels.threshold(result),
        "coverage": panels.coverage(result),
    }


def _list_mistakes(result: RunResult, out: Path) -> dict[str, Any]:
    rows, index = result.mistakes, {name: number for number, name in enumerate(result.classes)}
    if unknown := {row[column] for row in rows for column in ("actual", "predicted")} - index.keys():
        raise UserError(
            f"Expected the classes {', '.join(result.classes)} in {result.folder / 'mistakes.csv'}, received "
            f"{', '.join(sorted(unknown))}; {AGAIN}."
        )
    cells = {(row["actual"], row["predicted"]): int(float(row["count"])) for row in result.confusion}
    return {
        "confusion": [[cells.get((actual, taken), 0) for taken in result.classes] for actual in result.classes],
        "sheet": links.relative(result.sheet, out) if result.sheet else None,
        "columns": SHEET_COLUMNS,
        "id": [row["id"] for row in rows],
        "actual": [index[row["actual"]] for row in rows],
        "predicted": [index[row["predicted"]] for row in rows],
        "score_actual": [float(row["score_actual"]) for row in rows],
        "score_predicted": [float(row["score_predicted"]) for row in rows],
    }


def _list_settings(result: RunResult) -> dict[str, str]:
    """What two runs may differ in, as the page shows it."""
    fixed = ("architecture", "weights", "input_shape", "seed", "fold", "recipe_name", "parameters", "epochs_trained")
    shown = {name.replace("_", " "): getattr(result, name) for name in fixed}
    shown["input shape"] = text.format_shape(result.input_shape)
    return {name: str(value) for name, value in shown.items()} | dict(text.flatten(result.recipe.model_dump()))


def _script(run: str, content: Mapping[str, Any]) -> str:
    """A script that adds one entry to the list of the runs that are loaded."""
    name, value = (json.dumps(_safe(part), separators=(",", ":"), allow_nan=False) for part in (run, content))
    return f"({_LIST} ??= {{}})[{name}] = {value};\n"


def _safe(value: Any) -> Any:
    """What JSON can say, names without what would turn the direction of the text round them."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {_safe(key): _safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
