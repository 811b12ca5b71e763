"""Write a trained network as Keras file, weights, SavedModel, LiteRT or ONNX.

The model of a run is written for users without cnnbench, beside it two cards. README.md is for people, and has the head
in YAML that Hugging Face reads. The other is JSON: classes, input, preprocessing, temperature, threshold, the model's
SHA-256. The reporting checklists, filled in as far as is recorded, lie there too; what you wrote into one is kept.

  keras       <run>.keras, for keras.saving.load_model
  weights     <run>.weights.h5 and <run>.architecture.json, for keras.models.model_from_json
  savedmodel  <run>.savedmodel/, for tf.saved_model.load, TensorFlow Serving and TensorFlow.js
  litert      <run>.tflite, for LiteRT on phones and small devices
  onnx        <run>.onnx, for ONNX Runtime; needs pip install 'cnnbench[onnx]'

It is reloaded and predicts the run's whole test part, and is only put in place when it gives every example the same
class and no score differs by more than 1e-5, of a regression 1e-5 of the largest prediction.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cnnbench.cli import _terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_run(parser)
    # Spelled out: to import FORMATS would slow down every `cnnbench --help`.
    parser.add_argument(
        "--format",
        choices=("keras", "weights", "savedmodel", "litert", "onnx"),
        metavar="FORMAT",  # the list of all would not fit 60 columns
        required=True,
        help="one of those above",
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: exports/<RUN>")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    _terminal.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Exports the model and prints the files and the comparison with the original."""
    from cnnbench import config
    from cnnbench.backend import runtime
    from cnnbench.checklists import checklist_files, facts
    from cnnbench.core import files
    from cnnbench.inference import trained_run
    from cnnbench.results import model_card, staleness
    from cnnbench.results.run_result import RunResult

    root: Path = arguments.root
    out = arguments.out or Path("exports") / arguments.name
    record = trained_run.find(arguments.name, root)
    runs = root / "reports/runs"
    staleness.check_trainings(runs, root / "models", [record.run])
    readme = model_card.describe(RunResult.read(runs / record.run))
    checklists = checklist_files.texts(facts.gather(record.run, root))
    # A GPU that rounds more coarsely would give other scores; the seed is idle, nothing is drawn.
    runtime.configure("cpu", config.load(root / "params.yaml").threads, seed=0, backend=record.backend)
    from cnnbench.inference.export import exporter  # TensorFlow, which has to be configured first

    paths, compared = exporter.export(record, root, arguments.format, out, readme=readme, force=arguments.force)
    for name, text in checklists.items():
        path = out / f"{record.run}.{name}"
        if arguments.force or not path.exists():
            files.write_text(path, text)
            paths.append(path)
    for path in paths:
        _terminal.say(path)
    same = "the same class for each, " if record.is_classification else ""
    print(
        f"Compared with the original on {compared.examples:,} test examples: {same}largest difference of a score "
        f"{compared.difference:.2g}, of {compared.tolerance:.2g} allowed."
    )
    return 0
