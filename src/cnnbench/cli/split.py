"""Export a split for other tools, whose predictions of its test part can then stand on the leaderboard.

`cnnbench split export NAME` writes a CSV file with a line per example of the split of a run, or of a data set: id, part
(train, val or test), label and group. Groups, such as patients, are what the split keeps together. The labels of test
examples are left out. With --images the stored images are written beside, and the column file names each of them. With
--croissant a croissant.json beside describes data set and split in JSON-LD: licence, citation, SHA-256, columns.

Then bring a CSV file with the columns id and, for each class, its probability, a line per test example:

    cnnbench runs --add-predictions FILE --name NAME
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("action", choices=("export",), help="what to do with the split")
    parser.add_argument("name", metavar="NAME", help="a run or a data set of params.yaml")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: exports/<NAME>-split.csv")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="a new folder for the stored images")
    parser.add_argument("--croissant", action="store_true", help="describe both in croissant.json beside the CSV file")
    _terminal.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the split, and prints how many examples each part has."""
    from cnnbench import config
    from cnnbench.planning import croissant, split_export

    root: Path = arguments.root
    out = arguments.out or root / "exports" / f"{arguments.name}-split.csv"
    knobs = config.load(root / "params.yaml")
    counts = split_export.export(knobs, root, arguments.name, out, arguments.images)
    if arguments.croissant:
        croissant.write(knobs, root, arguments.name, out, out.with_name("croissant.json"))
    parts = ", ".join(f"{counts.get(part, 0):,} {part}" for part in config.PARTS)
    images = f"; images in {arguments.images}" if arguments.images else ""
    _terminal.say(f"{out}: {parts}; without the labels of test" + images)
    return 0
