"""`cnnbench export`: a trained network for those who do not have cnnbench."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal

if TYPE_CHECKING:
    from cnnbench.cli._terminal import Commands

_DESCRIPTION = """\
Writes the model of a run in a form that others take, beside it a card in JSON: classes, input, preprocessing,
temperature, threshold, the model's SHA-256.

  keras       <run>.keras, for keras.saving.load_model
  weights     <run>.weights.h5 and <run>.architecture.json, for keras.models.model_from_json
  savedmodel  <run>.savedmodel/, for tf.saved_model.load, TensorFlow Serving and TensorFlow.js
  litert      <run>.tflite, for LiteRT on phones and small devices

It is reloaded and asked about the run's whole test part, and only put in place when it gives every example the same
class and no score differs by more than 1e-5, of a regression 1e-5 of the largest prediction.

Exit codes: 0 written; 1 it is not, and why; 2 wrong usage.
"""


def add(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "export",
        help="write a trained network as Keras file, weights, SavedModel or LiteRT",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="RUN", help="as `cnnbench runs` names it")
    parser.add_argument("--format", choices=("keras", "weights", "savedmodel", "litert"), required=True)
    _terminal.add_path(parser, "--out", "FOLDER", "exports")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--root", type=Path, default=Path(), metavar="FOLDER", help="of the repository; default: here")
    parser.set_defaults(run=_run, on_error=1)


def _run(arguments: argparse.Namespace) -> int:
    from cnnbench import config
    from cnnbench.backend import runtime
    from cnnbench.inference import trained_run

    root: Path = arguments.root
    run = trained_run.find(arguments.name, root)
    runtime.configure("cpu", config.load(root / "params.yaml").threads, seed=0)
    from cnnbench.inference.export import exporter

    paths, compared = exporter.export(run, root, arguments.format, arguments.out, force=arguments.force)
    for path in paths:
        print(path)
    same = "the same class for each, " if run.is_classification else ""
    print(
        f"Held against the original on {compared.examples:,} test examples: {same}largest difference of a score "
        f"{compared.difference:.2g}, of {compared.tolerance:.2g} allowed."
    )
    return 0
