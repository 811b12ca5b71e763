"""List what params.yaml asks for and its state; add data sets x networks, or repeats.

Each run is listed with the settings of its next training, and its state:

  done     model and results are here, made by the data, code and knobs that are here
  absent   made by them, but not here: `dvc repro` finds or makes them; from a remote `dvc pull` fetches them
  changed  data, code, knobs or results have changed since: `dvc repro` makes what is out of date
  new      no result so far

With --datasets, --networks or both, it lists the pairs of them that have no run, and adds them with --write: as runs
`<data set>-<network>`, after the other runs of the data set. The recipe is that of the network's first run in
params.yaml, with what suits the data (augmentation, class weights) from the data set's first run and a loss that goes
with its classes; a network without a run gets the recipe of the data set's first run. One that cannot take the data,
images or rows, is left out with the reason. No pair starts from weights: `weights:` of the run says so where it should.
Read the recipes before you train: nobody has tuned them.

With --seeds, --folds or --write alone, it lists the repeats of these runs that params.yaml lacks, and adds them with
--write: as runs of their own, each in a line after the run that it repeats,
`<run>-s1-f0: {<<: *<run>, seed: 1, fold: 0}`. A repeat follows its run: change the recipe in params.yaml, since
`dvc exp run -S runs.<run>...` does not get past the line of a repeat.

With --add-predictions, it takes what others predict for the test part of a split (`cnnbench split export`): a CSV file
with the columns id and, for each class, its probability, or prediction for a regression. It is checked, and kept in
brought/, for git to track; the next report shows it as a row of the leaderboard, marked as brought.

A run that exists is never added again, and all other lines stay unchanged. `dvc repro` then trains the new runs.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _selection, _terminal
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from cnnbench.cli._table import Table
    from cnnbench.config import Params, Run
    from cnnbench.planning.params_file import NewRun
    from cnnbench.planning.repeats import Folds

_RECIPE = ("optimizer, lr", ">batch", ">epochs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("names", nargs="*", metavar="RUN", help=f"{_selection.HELP}; default: all")
    grid = parser.add_argument_group("a grid")
    grid.add_argument("--datasets", nargs="+", metavar="DATASET", help="of params.yaml; default with --networks: all")
    grid.add_argument(
        "--networks",
        nargs="+",
        metavar="NETWORK",
        help="files of src/cnnbench/networks/, or of networks/ in your own project; default with --datasets: all",
    )
    repeats = parser.add_argument_group("repeats")
    repeats.add_argument("--seeds", nargs="+", type=int, metavar="N", help="of the trainings; default: the run's own")
    repeats.add_argument(
        # no type=int: the word `all` is allowed
        "--folds",
        nargs="+",
        metavar="N",
        help="first test folds, or all of them (of a test part that is given there is one); default: the run's own, "
        "but in `profile: full` all for data sets of under 1,000 examples",
    )
    brought = parser.add_argument_group("predictions of others")
    brought.add_argument(
        "--add-predictions", type=Path, metavar="FILE", help="a CSV file, for the test part of a split"
    )
    brought.add_argument("--name", metavar="NAME", help="of its row on the leaderboard")
    brought.add_argument("--of", metavar="RUN", help="whose test part, or a data set's; default: found by the ids")
    brought.add_argument(
        "--trained-on", default="", metavar="TEXT", help="data that it starts from, such as ImageNet-1k"
    )
    parser.add_argument("--write", action="store_true", help="add them to params.yaml; else they are only listed")
    _terminal.add_path(parser, "--params", "FILE", "params.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Lists the runs, or lists and adds pairs or repeats."""
    from cnnbench import config

    knobs = config.load(arguments.params)
    if arguments.add_predictions or arguments.name:
        return _bring(knobs, arguments)
    if not knobs.runs and not arguments.datasets and not arguments.networks:
        _terminal.say(
            f"There is nothing yet: {arguments.params} names no run. Add a data set under datasets: (docs/own.md), "
            "then `cnnbench runs --datasets NAME --write`."
        )
        return 0
    arguments.names = _selection.choose(arguments.names, {name: run.dataset for name, run in knobs.runs.items()})
    if arguments.datasets or arguments.networks:
        _grid(knobs, arguments)
    # --write alone adds the folds that small data sets lack.
    elif arguments.seeds is None and arguments.folds is None and not arguments.write:
        _list(knobs, arguments.names or list(knobs.runs), arguments.params)
    else:
        _repeat(knobs, arguments)
    return 0


def _bring(knobs: Params, arguments: argparse.Namespace) -> int:
    from cnnbench.planning import bringing

    if not (arguments.add_predictions and arguments.name):
        raise UserError("Expected --add-predictions FILE with --name NAME, received one of them: give both.")
    root = arguments.params.parent
    path = bringing.bring(knobs, root, arguments.add_predictions, arguments.name, arguments.of, arguments.trained_on)
    _terminal.say(f"{path}: taken. `dvc repro report` shows it; `git add {path.parent}` keeps it.")
    return 0


def _repeat(knobs: Params, arguments: argparse.Namespace) -> None:
    from cnnbench.planning import params_file, repeats

    missing = repeats.plan(knobs, arguments.names, arguments.seeds, _folds(arguments.folds))
    if arguments.write and missing:
        params_file.add(arguments.params, missing, merge=True)  # `<<: *run`: a repeat follows its run
    table = _terminal.table("run", "repeats", ">seed", ">fold")
    for new in missing:
        table.add_row(new.name, new.origin, str(new.run.seed), str(new.run.fold))
    console = _terminal.console()
    _print_new(console, table, arguments, "these repeats")
    for dataset, profile in _fixed_elsewhere(knobs, missing):
        console.print(f"{dataset}: in `profile: {profile}` the test part is given, and its folds do not turn.")


def _grid(knobs: Params, arguments: argparse.Namespace) -> None:
    from cnnbench.planning import grid, params_file

    if arguments.names or arguments.seeds is not None or arguments.folds is not None:
        raise UserError(
            "Expected --datasets and --networks alone, received runs, --seeds or --folds too: add the grid first."
        )
    there, pairs, unfit = grid.plan(knobs, arguments.datasets or (), arguments.networks or ())
    # One pair that does not fit is a note; a grid of nothing else is an error.
    if unfit and not pairs and not there:
        raise UserError("; ".join(f"{name}: {reason.rstrip('.')}" for name, reason in unfit.items()) + ".")
    if arguments.write and pairs:
        params_file.add(arguments.params, pairs)
    table = _terminal.table("run", "recipe of", *_RECIPE, "loss")
    for new in pairs:
        table.add_row(new.name, new.origin or "a fair start", *_recipe(new.run), new.run.recipe.loss)
    left_out = [f"{name} is left out: {reason}" for name, reason in unfit.items()]
    _print_new(_terminal.console(), table, arguments, "these pairs that fit", left_out)


def _print_new(
    console: Console, table: Table, arguments: argparse.Namespace, kind: str, notes: Iterable[str] = ()
) -> None:
    """Prints the new runs, the notes, and whether the runs were added."""
    count, path = table.row_count, arguments.params
    if count:
        console.print(table)
        console.print()
    for note in notes:
        console.print(note)
    runs = f"{count} run{'s' if count > 1 else ''}"
    if not count:
        console.print(f"Nothing to add: {path} has all of {kind}.")
    elif arguments.write:
        console.print(f"{runs} added to {path}; `dvc repro` trains what is new.")
    else:
        console.print(f"{runs} to add to {path}: --write adds them.")


def _folds(words: list[str] | None) -> Folds:
    if words is None:
        return None
    if words == ["all"]:
        return "all"
    # Not isdigit, which takes a superscript that int() refuses; it also refuses thousands of digits.
    if wrong := [word for word in words if not word.isdecimal() or len(word) > 9]:
        raise UserError(f"Expected folds as numbers, or the one word all, received {wrong[0]!r}; name them.")
    return [int(word) for word in words]


def _list(knobs: Params, chosen: list[str], path: Path) -> None:
    from rich.text import Text

    from cnnbench.planning import devices, existence, repeats, states

    runs = {name: knobs.run(name) for name in chosen}
    existence.check(knobs, chosen)
    state_of = states.find_states(path.absolute().parent, {name: run.dataset for name, run in runs.items()})
    state_column = ["state"] if state_of else []  # there is none outside of a DVC repository
    table = _terminal.table("run", *state_column, "source", ">size", "split", *_RECIPE, ">seed", ">fold")
    for name, run in runs.items():
        data = knobs.data(run.dataset)
        state = [Text(state_of[name], style="" if state_of[name] == "done" else "bold")] if state_of else []
        source = f"{data.source.name}, {data.examples or 'all'}"
        cells = (
            source,
            "x".join(map(str, dict.fromkeys(data.size or "-"))),
            data.split.protocol,
            *_recipe(run),
            str(run.seed),
            str(run.fold),
        )
        table.add_row(name, *state, *cells)
    console = _terminal.console()
    console.print(table)
    console.print()
    count = Counter(state_of.values())
    counted = ", ".join(f"{count[state]} {state}" for state in states.STATES if count[state])
    console.print(f"{len(runs)} run{'s' if len(runs) > 1 else ''}" + (f": {counted}." if counted else "."))
    console.print(f"Device: {devices.guess_device(knobs.device)}.")
    if folds := len(repeats.plan(knobs, chosen)):
        console.print(f"{folds} folds of small data sets are not tested; `cnnbench runs --write` adds a run for each.")


def _recipe(run: Run) -> tuple[str, str, str]:
    """The cells of the columns `_RECIPE`."""
    recipe = run.recipe
    return f"{recipe.optimizer} {recipe.lr:g}", str(recipe.batch_size), str(recipe.epochs)


def _fixed_elsewhere(knobs: Params, new: Iterable[NewRun]) -> Iterator[tuple[str, str]]:
    """Data sets that get folds, each with a profile in which all folds have the same test part."""
    from cnnbench.config import FIXED

    datasets = {repeat.run.dataset for repeat in new if repeat.run.fold != knobs.runs[repeat.origin].fold}
    for name in sorted(datasets):
        for profile in ("quick", "full"):
            if getattr(knobs.datasets[name], profile).split.protocol in FIXED:
                yield name, profile
