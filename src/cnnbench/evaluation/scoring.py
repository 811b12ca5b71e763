"""A saved model and its predictions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.backend import feeding
from cnnbench.config import Split
from cnnbench.core.dvc_remote import suggest_pull
from cnnbench.core.errors import UserError
from cnnbench.data.records import schema
from cnnbench.data.records.reader import Examples, Inputs, Part

BATCH = 64


class ScoredPart(NamedTuple):
    """A part of a data set with a network's predictions.

    Attributes:
        part: The examples.
        scores: Shape (n, classes), or (n, 1) for a regression.
    """

    part: Part
    scores: NDArray[np.float64]


def load(path: Path) -> Any:
    """Loads a `model.keras`.

    Raises:
        UserError: There is none, or it is damaged.
    """
    if not path.exists():
        raise UserError(
            f"Expected a model at {path}, received none: "
            f"run `dvc repro train@{path.parent.name}`{suggest_pull(path, 'it')}."
        )
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # leaves room for other users of the card
    import keras

    try:
        # Nothing is trained here, so neither loss nor optimiser has to be restored
        return keras.saving.load_model(path, compile=False)
    except Exception as error:  # zip file, JSON and weights raise errors of many types
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"Expected a model that Keras can load at {path}, received {type(error).__name__}: {reason}; "
            f"run `dvc checkout` or `dvc repro -f train@{path.parent.name}`."
        ) from None


def predict_parts(
    model: Any, folder: Path, split: Split, fold: int
) -> tuple[ScoredPart, ScoredPart, dict[str, list[int]]]:
    """Predicts the test and the validation part of the records in a folder; also returns the folds of each part."""
    known = schema.read(folder)
    folds = known.parts(split, fold)
    test, val = (Examples(folder, known, folds[part]).part() for part in ("test", "val"))
    scored = (ScoredPart(part, predict_scores(model, part.inputs)) for part in (test, val))
    return next(scored), next(scored), folds


def predict_scores(model: Any, inputs: NDArray[Any] | Inputs) -> NDArray[np.float64]:
    """Predicts stored inputs, shape (n, *shape), in memory or on disk.

    Returns:
        Probabilities, shape (n, classes), also of a network with one sigmoid output; or targets, shape (n, 1).
    """
    return expand_columns(model, feeding.predict(model, inputs, BATCH))


def expand_columns(model: Any, outputs: NDArray[Any]) -> NDArray[np.float64]:
    """The model's outputs, shape (n, units), with a column per class: two for one sigmoid output."""
    raw = np.asarray(outputs, np.float64)
    if model.layers[-1].get_config().get("activation") == "sigmoid":
        return np.concatenate([1 - raw, raw], axis=1)
    return raw
