"""`cnnbench runs`: what params.yaml asks for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal

if TYPE_CHECKING:
    from cnnbench.cli._terminal import Commands


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "runs",
        help="list what params.yaml asks for",
        description="Lists the runs of params.yaml as they would be trained, and says what in it does not exist.",
    )
    parser.add_argument("--params", type=Path, default=Path("params.yaml"), metavar="FILE", help="default: %(default)s")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench import architectures, datasets, params

    knobs = params.load(arguments.params)
    names = ("source", "examples", "size", "split", "optimizer", "lr", "batch", "epochs", "seed", "fold")
    shown = _terminal.table("run", *names)
    for name in knobs.runs:
        run, data = knobs.run(name), knobs.data(knobs.runs[name].dataset)
        datasets.get(knobs.datasets[run.dataset].definition).source(data.source.name)
        architectures.find(run.architecture)
        recipe = run.recipe
        where = (data.examples or "all", data.size or "-", data.split.protocol)
        cells = (*where, recipe.optimizer, f"{recipe.lr:g}", recipe.batch_size)
        shown.add_row(name, data.source.name, *map(str, (*cells, recipe.epochs, run.seed, run.fold)))
    _terminal.console().print(shown)
    return 0
