"""`cnnbench predict`: what a trained network says of new images."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.core import files
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from cnnbench.cli._terminal import Commands
    from cnnbench.inference.predict.explained import Explained
    from cnnbench.inference.predict.inputs import Input
    from cnnbench.inference.predict.predictor import Predictor

_DESCRIPTION = """\
Predicts images, in files or folders of any depth, with the network of a run: a line per image with its file, the
predicted class, and p_<class>, the probability of each class. Images are decoded and scaled as those that the network
was trained on, and probabilities are calibrated on its validation data.

The predicted class is the likelier one; of two classes whose recipe sets a `sensitivity`, the second from the threshold
on that validation data chose for it, which may lie below one half.

A run on a table (boston_housing-conv1d) takes CSV files of its features, by column names in any order or, without
names, in the data set's order; a line per row has the predicted value and its unit.

An image or row that cannot be read is a line on stderr, and one with an empty prediction in the output.

Exit codes: 0 all are predicted; 1 some could not be read, or none could be predicted, and why; 2 wrong usage.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "predict",
        help="say what a trained network makes of new images",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="RUN", help="as `cnnbench runs` names it")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="an image, or a folder of images")
    parser.add_argument("--out", type=Path, metavar="FILE", help="replaced when all is predicted; default: stdout")
    parser.add_argument("--format", choices=("csv", "json"), default="csv", help="default: %(default)s")
    parser.add_argument(
        "--explain", type=Path, metavar="FOLDER", help="new; for a Grad-CAM of each image: what made it this class"
    )
    parser.add_argument("--root", type=Path, default=Path(), metavar="FOLDER", help="of the repository; default: here")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench.backend import runtime
    from cnnbench.inference import trained_run
    from cnnbench.inference.predict import answers, inputs
    from cnnbench.inference.predict.explained import Explained
    from cnnbench.inference.predict.predictor import Predictor

    run = trained_run.find(arguments.name, arguments.root)
    found = inputs.find(run, arguments.paths)
    _spare(arguments.out, found)
    explained = Explained(arguments.explain, run, arguments.paths) if arguments.explain else None
    runtime.import_quietly()
    unread: list[str] = []
    frames = _frames(Predictor(run, arguments.root), found, explained, unread)
    _put(answers.text(frames, arguments.format), arguments.out)
    if arguments.out:
        print(f"{len(found) - len(unread):,} of {len(found):,} predicted, in {arguments.out}")
    return 1 if unread else 0


def _frames(
    predictor: Predictor, found: Sequence[Input], explained: Explained | None, unread: list[str]
) -> Iterator[pd.DataFrame]:
    """Predicts under a progress bar, tells of what cannot be read as it comes, and collects it."""
    from cnnbench.core.progress import bar

    with bar(f"predicting with {predictor.run.run}", len(found)) as advance:
        for batch in predictor.batches(found, explained):
            for line in batch.unread:
                print(f"cannot be read: {line}", file=sys.stderr)
            unread += batch.unread
            yield batch.frame
            advance(len(batch.frame))


def _spare(out: Path | None, found: Sequence[Input]) -> None:
    """Refuses to write where no file can be, or over what is to be read."""
    if out is None:
        return
    if out.is_dir():
        raise UserError(f"Expected a file after --out, received the folder {out}: name a file in it.")
    if out.resolve() in {Path(one.key["file"]).resolve() for one in found}:
        raise UserError(f"Expected another file after --out than the ones to be predicted, received {out}.")


def _put(text: Iterator[str], out: Path | None) -> None:
    """Writes to a file, whole or not at all, or to stdout, in UTF-8 whatever the terminal's encoding."""
    if out:
        with files.aside(out) as part, part.open("w", encoding="utf-8", newline="") as file:
            file.writelines(text)
        return
    try:
        for some in text:
            sys.stdout.buffer.write(some.encode())
            sys.stdout.buffer.flush()
    except BrokenPipeError:  # as of `| head`, which has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
