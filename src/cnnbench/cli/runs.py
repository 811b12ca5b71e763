"""`cnnbench runs`: what params.yaml asks for, and repeats of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnbench.cli._terminal import Commands
    from cnnbench.params import Params
    from cnnbench.repeating import Folds, Repeat

_DESCRIPTION = """\
Lists the runs of params.yaml as they would be trained, and says what in it does not exist.

With --seeds, --folds or --write, it lists the repeats of these runs that params.yaml lacks, and adds them with --write:
as runs of their own, each in a line after the run that it repeats, `<run>-s1-f0: {<<: *<run>, seed: 1, fold: 0}`. What
is there is never added again. `dvc repro` then trains what is new. A repeat follows its run: change the recipe in
params.yaml, since `dvc exp run -S runs.<run>...` does not get past the line of a repeat.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "runs",
        help="list what params.yaml asks for, or add repeats of it with other seeds and folds",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="RUN", help="of params.yaml; default: all")
    parser.add_argument("--seeds", nargs="+", type=int, metavar="N", help="of the trainings; default: the run's own")
    parser.add_argument(
        "--folds",
        nargs="+",
        metavar="N",
        help="first test folds, or all of them (of a test part that is given there is one); default: the run's own, "
        "but in `profile: full` all for data sets of under 1,000 examples",
    )
    parser.add_argument("--write", action="store_true", help="add them to params.yaml; else they are only listed")
    _terminal.add_path(parser, "--params", "FILE", "params.yaml")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench import params, repeating

    knobs = params.load(arguments.params)
    if arguments.seeds is None and arguments.folds is None and not arguments.write:
        _list(knobs, arguments.names or knobs.runs)
        return 0
    repeats = repeating.plan(knobs, arguments.names, arguments.seeds, _folds(arguments.folds))
    if arguments.write and repeats:
        repeating.write(arguments.params, repeats)
    _say(knobs, repeats, arguments.params, written=arguments.write)
    return 0


def _folds(words: list[str] | None) -> Folds:
    if words is None:
        return None
    if words == ["all"]:
        return "all"
    if wrong := [word for word in words if not word.isdecimal()]:
        raise UserError(f"Expected folds as numbers, or the one word all, received {wrong[0]!r}; name them.")
    return [int(word) for word in words]


def _list(knobs: Params, chosen: Iterable[str]) -> None:
    from cnnbench import architectures, datasets

    names = ("source", "examples", "size", "split", "optimizer", "lr", "batch", "epochs", "seed", "fold")
    shown = _terminal.table("run", *names)
    for name in chosen:
        run = knobs.run(name)
        data = knobs.data(run.dataset)
        datasets.get(knobs.datasets[run.dataset].definition).source(data.source.name)
        architectures.find(run.architecture)
        recipe = run.recipe
        where = (data.examples or "all", data.size or "-", data.split.protocol)
        cells = (*where, recipe.optimizer, f"{recipe.lr:g}", recipe.batch_size)
        shown.add_row(name, data.source.name, *map(str, (*cells, recipe.epochs, run.seed, run.fold)))
    _terminal.console().print(shown)


def _say(knobs: Params, repeats: list[Repeat], path: Path, *, written: bool) -> None:
    console = _terminal.console()
    if not repeats:
        console.print(f"Nothing to add: {path} has all of these repeats.")
        return
    shown = _terminal.table("run", "repeats", ">seed", ">fold")
    for repeat in repeats:
        shown.add_row(repeat.name, repeat.of, str(repeat.seed), str(repeat.fold))
    console.print(shown)
    console.print()
    count = f"{len(repeats)} run{'s' if len(repeats) > 1 else ''}"
    done = f"{count} added to {path}; `dvc repro` trains them."
    console.print(done if written else f"{count} to add to {path}: --write adds them.")
    for dataset, profile in _elsewhere_fixed(knobs, repeats):
        console.print(f"{dataset}: in `profile: {profile}` the test part is given, and its folds do not turn.")


def _elsewhere_fixed(knobs: Params, repeats: Iterable[Repeat]) -> Iterable[tuple[str, str]]:
    """Data sets of which folds are added, and the profile in which these would be the same test part."""
    from cnnbench.params import FIXED

    turned = {knobs.runs[repeat.of].dataset for repeat in repeats if repeat.fold != knobs.runs[repeat.of].fold}
    for name in sorted(turned):
        for profile in ("quick", "full"):
            if getattr(knobs.datasets[name], profile).split.protocol in FIXED:
                yield name, profile
