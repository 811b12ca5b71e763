"""Predict new images, or rows of a table, with a trained network.

Images are files, or folders of any depth, in which images are known by content or name. Each gives a line with its
file, the predicted class, and p_<class>, the probability of each class. Images are decoded and scaled as those that the
network was trained on, and probabilities are calibrated on its validation data.

The predicted class is the likeliest one. A recipe of two classes with a `sensitivity` predicts the second class from a
threshold on, chosen on validation data, which may lie below one half.

A run on a table (boston_housing-conv1d) takes CSV files of its features, by column names in any order or, without
names, in the data set's order; a line per row has the predicted value and its unit.

In CSV a file or class that a spreadsheet would calculate, as =1.png, has an apostrophe before it.

An image or row that cannot be read gives a line on stderr, and a line with an empty prediction in the output. So that
nothing in a folder is left out in silence, a file that is no image, or a folder that may not be read, gives a line on
stderr. Hidden files, and those of the system such as Thumbs.db, do not.

It exits 1 where some could not be read or are no images.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core import files
from cnnbench.core.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from cnnbench.inference.predict.heatmaps import HeatmapFolder
    from cnnbench.inference.predict.inputs import Input
    from cnnbench.inference.predict.predictor import Predictor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_run(parser)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="an image, or a folder of images")
    parser.add_argument("--out", type=Path, metavar="FILE", help="replaced when all is predicted; default: stdout")
    parser.add_argument("--format", choices=("csv", "json"), default="csv", help="default: %(default)s")
    parser.add_argument(
        "--explain", type=Path, metavar="FOLDER", help="new; for a Grad-CAM of each image: what made it this class"
    )
    _terminal.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predicts, and writes the predictions batch by batch."""
    from cnnbench.backend import runtime
    from cnnbench.inference import trained_run
    from cnnbench.inference.predict import inputs, prediction_text
    from cnnbench.inference.predict.heatmaps import HeatmapFolder
    from cnnbench.inference.predict.predictor import Predictor

    record = trained_run.find(arguments.name, arguments.root)
    left_out: list[str] = []
    found = inputs.find(record, arguments.paths, left_out.append)
    _check_output(arguments.out, found)
    heatmaps = HeatmapFolder(arguments.explain, record, arguments.paths) if arguments.explain else None
    unreadable: list[str] = []
    for line in left_out:
        _terminal.say(f"left out: {line}", error=True)
    # Opened first: a place that cannot be written shows before anything is predicted.
    with _open(arguments.out) as write:
        runtime.import_quietly(record.backend)  # after the checks, which then need no TensorFlow
        frames = _predict(Predictor(record, arguments.root), found, heatmaps, unreadable)
        for text in prediction_text.render(frames, arguments.format):
            write(text)
    if arguments.out:
        _terminal.say(f"{len(found) - len(unreadable):,} of {len(found):,} predicted, in {arguments.out}")
    return 1 if unreadable or left_out else 0


def _predict(
    predictor: Predictor, found: Sequence[Input], heatmaps: HeatmapFolder | None, unreadable: list[str]
) -> Iterator[pd.DataFrame]:
    """Predicts under a progress bar; prints each unreadable input, and appends it to the list."""
    from cnnbench.core.progress import bar

    with bar(f"predicting with {predictor.run.run}", len(found)) as advance:
        for batch in predictor.batches(found, heatmaps):
            for line in batch.unreadable:
                _terminal.say(f"cannot be read: {line}", error=True)
            for line in batch.odd:
                _terminal.say(f"predicted, but odd: {line}", error=True)
            unreadable += batch.unreadable
            yield batch.frame
            advance(len(batch.frame))  # after the yield: the batch is written by then


def _check_output(out: Path | None, found: Sequence[Input]) -> None:
    """Refuses to write to a folder, or over an input."""
    if out is None:
        return
    if out.is_dir():
        raise UserError(f"Expected a file after --out, received the folder {out}: name a file in it.")
    if out.resolve() in {Path(one.key["file"]).resolve() for one in found}:
        raise UserError(f"Expected another file after --out than the ones to be predicted, received {out}.")


@contextmanager
def _open(out: Path | None) -> Iterator[Callable[[str], object]]:
    """Opens a file, which is written whole or not at all, or stdout."""
    if out:
        # newline: the text has its line ends already.
        with files.aside(out) as part, part.open("w", encoding="utf-8", newline="") as file:
            yield file.write
        return

    try:
        yield _terminal.write
    except BrokenPipeError:  # `| head` closes the pipe; Python would complain when it flushes stdout at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
