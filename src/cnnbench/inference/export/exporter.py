"""Models in other formats: written aside, reloaded, compared with the original, then put in place."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnbench import config
from cnnbench.core import files, refusals
from cnnbench.core.errors import UserError
from cnnbench.data.records import reader, schema
from cnnbench.data.records.reader import Part
from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.inference.export import card
from cnnbench.inference.export.fidelity import Comparison, compare
from cnnbench.inference.export.formats import FORMATS, Format, Predict
from cnnbench.runs.record import RunRecord

README = "README.md"


class Exported(NamedTuple):
    """An exported model.

    Attributes:
        paths: The files, the folder of a SavedModel; the card and README.md last.
        comparison: Its comparison with the original.
    """

    paths: list[Path]
    comparison: Comparison


def export(
    run: RunRecord, root: Path, form: str, out: Path, *, readme: str | None = None, force: bool = False
) -> Exported:
    """Writes a run's model in another format, with a card that explains its use without cnnbench.

    It is reloaded as its users would, and predicts the run's whole test part. Call `runtime.configure` with "cpu"
    first: a GPU that rounds more coarsely would give other scores than the users' machines.

    Args:
        run: The files are named after it.
        root: The repository's root.
        form: One of `FORMATS`.
        out: The folder to put it into; made where it is missing.
        readme: The content of README.md beside it, which is the same for all formats; None for no such file.
        force: Whether existing files may be replaced.

    Raises:
        UserError: The model or its records are missing, a file exists already, or the exported model does not predict
            as the original does. Nothing is left behind then.
    """
    kind = FORMATS[form]
    names = [*kind.names(run.run), f"{run.run}.{form}.card.json"]
    if not force:
        _check_free([out / name for name in names])
        if readme is not None and not _holds(out / README, readme):  # of another format of this run it is the same
            _check_free([out / README])
    source = trained_run.model_path(run.run, root)
    # In `out`: a rename works only within one file system. First: a place that cannot be written shows at once.
    with files.scratch(out) as aside:
        model = scoring.load(source)
        part = _test_part(run, root)
        comparison = compare(model, _convert(kind, model, source, aside), np.asarray(part.inputs), run)
        # The card, the last name, does not list itself.
        description = card.describe(run, model, form, names[:-1], files.sha256(source), comparison)
        files.write_json(aside / names[-1], description)
        if readme is not None:
            files.write_text(aside / README, readme)
            names.append(README)
        for name in names:
            _move(aside / name, out / name, aside / "replaced")
    return Exported([out / name for name in names], comparison)


def _convert(kind: Format, model: Any, source: Path, folder: Path) -> Predict:
    """Writes the model into the folder and loads it from there."""
    try:
        kind.write(model, source, folder, source.parent.name)
        return kind.reload(folder, source.parent.name)
    except UserError:  # a package is missing
        raise
    except Exception as error:  # a converter raises anything at a layer that it does not know
        if refusals.explain(error):  # as of a full disk
            raise
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"Expected a network that this format can hold, received {type(error).__name__}: {reason}; nothing was "
            "written, try another format."
        ) from None


def _check_free(paths: list[Path]) -> None:
    if there := [path for path in paths if path.exists()]:
        raise UserError(f"Expected to write a new file, received {there[0]}, which is there: --force replaces it.")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _move(part: Path, path: Path, replaced: Path) -> None:
    """Moves a file or folder into its place."""
    # A folder cannot replace another one in one step; a link to one is replaced as a file is.
    if path.is_dir() and not path.is_symlink():
        path.replace(replaced)
    part.replace(path)
    shutil.rmtree(replaced, ignore_errors=True)


def _test_part(run: RunRecord, root: Path) -> Part:
    """The examples that the run was tested on.

    Raises:
        UserError: There are no records, damaged ones, or those of another data set, size or split.
    """
    folder = root / "data" / "records" / run.dataset
    known = schema.read(folder)
    folds = known.parts(config.load(root / "params.yaml").split, run.fold)["test"]
    # The split or the records may have changed since the run was tested.
    received = (known.shape, sum(shard.examples for shard in known.shards if shard.fold in folds))
    expected = (run.input_shape, run.examples["test"])
    if received != expected:
        raise UserError(
            f"Expected the {expected[1]:,} test examples of shape {expected[0]} that {run.run} was tested on in "
            f"{folder}, received {received[1]:,} of {received[0]}: run `dvc repro evaluate@{run.run}`."
        )
    return reader.load(folder, known, folds)
