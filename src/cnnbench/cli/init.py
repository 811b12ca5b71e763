"""Write a project of your own: your images, your networks, this package's pipeline; no fork.

  git init my-study
  cnnbench init my-study --images ~/lesions                              # a folder per class
  cnnbench init my-study --table ~/ham.csv --file image_id --label dx    # a table with a column of files, one of labels
  cd my-study && dvc repro

Without --images and --table it takes 5,000 handwritten digits, to try it out. It writes dvc.yaml, params.yaml with the
data set and two networks, one of them a file of yours (networks/small_cnn.py), thresholds, an example for CI and a
README that says how to go on. After `pip install -U cnnbench`, `dvc repro` runs the stages whose code has changed;
where the pipeline itself has changed, it says so, and `cnnbench init --update` writes dvc.yaml anew.
Where it cannot be written, one line says why, and nothing is.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from cnnbench.cli import _terminal
from cnnbench.core.errors import UserError

_OF_TABLE = ("file", "label", "group", "root", "extension")
_SIZE = 64  # pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="FOLDER", help="new or empty; default: here"
    )
    images = parser.add_mutually_exclusive_group()
    images.add_argument("--images", metavar="DIR", help="a folder per class, or arrays, or what docs/own.md lists")
    images.add_argument("--table", metavar="CSV", help="or TSV, Parquet, JSON lines")
    images.add_argument("--update", action="store_true", help="only write dvc.yaml anew, in a project that is there")
    table = parser.add_argument_group("a table")
    table.add_argument("--file", metavar="COLUMN", help="of the files' names; default: file")
    table.add_argument("--label", metavar="COLUMN", help="of the classes; default: label")
    table.add_argument("--group", metavar="COLUMN", help="of patients or lesions, which stay in one part of the split")
    table.add_argument("--root", metavar="DIR", help="of the images; default: the folder of the table")
    table.add_argument("--extension", metavar=".EXT", help="that the names in the table lack")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="of the stored images; default: 64")


def run(arguments: argparse.Namespace) -> int:
    """Writes the project."""
    from cnnbench.planning.starter import own_data, writing

    folder: Path = arguments.folder
    given = [name for name in _OF_TABLE if getattr(arguments, name) is not None]
    if given and not arguments.table:
        raise UserError(f"Expected --{given[0]} with --table, received it without: name the table, or leave it out.")
    if arguments.size is not None:
        _check_size(arguments)
    if arguments.update:
        writing.update(folder)
        _terminal.say(f"{folder / 'dvc.yaml'} is that of the installed package; `git diff` shows what has changed.")
        return 0
    writing.check_place(folder)
    if arguments.images or arguments.table:
        source = {"path": arguments.images or arguments.table}
        source |= {name: getattr(arguments, name) for name in given if name in ("root", "extension")}
        columns = {name: getattr(arguments, name) for name in given if name not in source}
        data = own_data.images(source, arguments.size or _SIZE, columns)
    else:
        data = own_data.digits()
    runs = writing.write(folder, data)
    _terminal.say(f"{data.about}: {' and '.join(runs)} in {folder}")
    for note in data.notes:
        _terminal.say(f"  {note}")
    change = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    _terminal.say(f"Next: {change}git add . && git commit -m Start && dvc repro")
    return 0


def _check_size(arguments: argparse.Namespace) -> None:
    from cnnbench.config import LONGEST_SIDE

    if not (arguments.images or arguments.table):
        raise UserError("Expected --size with --images or --table, received it without: name the images.")
    if not 1 <= arguments.size <= LONGEST_SIDE:
        raise UserError(
            f"Expected --size of 1 to {LONGEST_SIDE:,} pixels, received {arguments.size}: {_SIZE} is a start."
        )
