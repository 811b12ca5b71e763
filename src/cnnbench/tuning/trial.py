"""One training of a search, and its figures on validation data."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnbench.backend import sharing
from cnnbench.config import Run
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples
from cnnbench.data.records.schema import Records
from cnnbench.training import checkpoints, trainer
from cnnbench.training.checkpoints import Row

if TYPE_CHECKING:
    import keras

_BATCH = 64


class Outcome(NamedTuple):
    """What a training came to: as `study.Trial` has it."""

    state: str
    epochs: int
    best_epoch: int | None
    loss: float | None
    figures: dict[str, float]


class PrunedError(Exception):
    """Raised by `on_epoch` to end a training whose rivals were better."""


def train(
    name: str,
    run: Run,
    folder: Path,
    records: Records,
    folds: dict[str, list[int]],
    settings: Mapping[str, str | int],
    start: Path | None,
    on_epoch: Callable[[Row], None],
) -> Outcome:
    """Trains a run with the recipe of a trial.

    Call `runtime.configure` first. It goes on from the checkpoint of a process that was killed.

    Args:
        name: Of the run in params.yaml.
        run: With the recipe of the trial.
        folder: Of the records.
        records: The folder's `records.json`.
        folds: Fold numbers of "train" and "val"; no other is read.
        settings: Of the process, from `runtime.configure`.
        start: Folder of the weights that the run starts from, perhaps with features; None draws them by the seed.
        on_epoch: Called with each row of the history; raises `PrunedError` to end the training.

    Raises:
        UserError: Network or recipe do not fit the data.
    """
    import keras

    # as in a process of its own, whatever was trained before
    keras.utils.clear_session()
    keras.utils.set_random_seed(run.seed)
    checkpoint = checkpoints.find(f"tune/{name}", run, folder, folds, settings, start)
    seen: list[Row] = []

    def observe(row: Row) -> None:
        seen.append(row)
        on_epoch(row)

    try:
        # its own bar would be left standing where a training is ended
        with contextlib.redirect_stdout(io.StringIO()), sharing.together(run.recipe.batch_size):
            trained = trainer.train(run, folder, records, folds, observe, checkpoint, start)
    except PrunedError:
        outcome = Outcome("pruned", len(seen), None, None, {})
    except trainer.DivergedError:
        outcome = Outcome("diverged", len(seen), None, None, {})
    else:
        loss, figures = measure(trained.model, folder, records, folds["val"])
        epochs, best = len(trained.history), trained.best_epoch
        diverged = not math.isfinite(loss)
        outcome = (
            Outcome("diverged", epochs, None, None, {})
            if diverged
            else Outcome("complete", epochs, best, loss, figures)
        )
    checkpoint.remove()
    return outcome


def measure(model: keras.Model, folder: Path, records: Records, folds: list[int]) -> tuple[float, dict[str, float]]:
    """The loss of a model on some folds, log loss or mean squared error, and accuracy or RMSE.

    Not the loss that was trained: penalties and smoothed labels are part of that, and differ between recipes.
    """
    import keras

    losses, hits = [], []
    examples = Examples(folder, records, folds)
    for inputs, truth in Batches(examples.inputs, examples.labels, size=_BATCH):
        # called, not `predict`: for one pass it is not worth the tracing
        scores = keras.ops.convert_to_numpy(model(inputs, training=False)).astype(float)
        if not records.classes:
            losses.append(np.square(scores[:, 0] - truth))
            continue
        if scores.shape[1] == 1:
            scores = np.hstack([1 - scores, scores])
        # a class may be absent from these folds: no function that counts the classes it sees
        chosen = scores[np.arange(len(truth)), truth]
        epsilon = np.finfo(np.float32).eps
        losses.append(-np.log(np.clip(chosen, epsilon, 1 - epsilon)))
        hits.append(scores.argmax(axis=1) == truth)
    loss = float(np.concatenate(losses).mean())
    figures: dict[str, Any] = {"accuracy": float(np.concatenate(hits).mean())} if hits else {"rmse": math.sqrt(loss)}
    return loss, figures
