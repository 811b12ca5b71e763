"""Recipe + records -> model + history."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnbench.backend import feeding, runtime
from cnnbench.config import Run
from cnnbench.core.errors import UserError
from cnnbench.data.records.schema import Records
from cnnbench.features.layers import between, find_layer
from cnnbench.training import batches, labels, optimizers, phases, resuming, starting, stopping, weight_means
from cnnbench.training.batches import Data
from cnnbench.training.checkpoints import Checkpoint, Row, State
from cnnbench.training.phases import Phase
from cnnbench.training.progress_bar import progress_callback

if TYPE_CHECKING:
    import keras


class DivergedError(UserError):
    """The loss is no longer finite."""


class Trained(NamedTuple):
    """The result of a training.

    Attributes:
        model: The network, without optimiser and augmentation.
        history: A row per epoch: epoch (from 1), phase where there are two, loss, accuracy or rmse, the same on
            validation data, lr. Loss and accuracy of the training part are of soft labels where the recipe has them.
        best_epoch: The epoch of the model's weights.
        resumed: Epochs that come from a checkpoint.
        trained_parameters: Those that the training has changed; None for all.
    """

    model: keras.Model
    history: list[Row]
    best_epoch: int
    resumed: int
    trained_parameters: int | None = None


def head(loss: str, classes: int) -> tuple[int, str]:
    """Units and activation of the last layer, which the loss decides.

    Raises:
        UserError: The loss does not go with so many classes; 0 classes are a regression.
    """
    if loss == "mse":
        wanted, fits, layer = "a regression", classes == 0, (1, "linear")
    elif loss == "binary_crossentropy":
        wanted, fits, layer = "2 classes", classes == 2, (1, "sigmoid")
    else:
        wanted, fits, layer = "2 or more classes", classes >= 2, (classes, "softmax")
    if not fits:
        received = f"{classes} classes" if classes else "a regression"
        raise UserError(f"Expected {wanted} for loss: {loss}, received {received}.")
    return layer


def train(
    run: Run,
    folder: Path,
    records: Records,
    folds: dict[str, list[int]],
    on_epoch: Callable[[Row], None],
    checkpoint: Checkpoint | None = None,
    start: Path | None = None,
) -> Trained:
    """Trains a run's network on the training folds and measures it on the validation folds after each epoch.

    Call `runtime.configure` first. A training that resumes ends in the bytes of an undisturbed one.

    Args:
        run: Network and recipe.
        folder: Of the records.
        records: The folder's `records.json`.
        folds: Fold numbers of "train" and "val".
        on_epoch: Called with each row of the history, those from a checkpoint included.
        checkpoint: Where to go on from, and what to write after epochs; None trains from the start.
        start: Folder of the weights that the run starts from, perhaps with features; None draws them by the seed.

    Raises:
        UserError: Network, weights or recipe do not fit the data.
        DivergedError: The loss is no longer finite.
    """
    recipe, data = run.recipe, Data(folder, records, folds, start)
    units, activation = head(recipe.loss, len(records.classes))
    if recipe.class_weights and not records.classes:
        raise UserError("Expected class_weights: false for a regression, received true.")
    if recipe.cutmix and len(records.shape) != 3:
        raise UserError(f"Expected cutmix: 0 for rows of a table, which have no patches, received {recipe.cutmix:g}.")
    network = starting.build(run, records, units, activation, folds["train"], start)
    planned = phases.plan(recipe)
    for phase in planned:
        _find_frozen(run, phase)  # not after the epochs of the head
    state = checkpoint.read() if checkpoint else None
    history: list[Row] = list(state.history) if state else []
    resumed = len(history)
    if resumed:
        print(f"resumes after epoch {resumed} of {recipe.epochs}")
    for row in history:
        on_epoch(row)

    def record(row: Row, capture: Callable[[list[Row]], State]) -> None:
        history.append(row)
        if checkpoint:
            checkpoint.write(lambda: capture(history))
        on_epoch(row)

    trained_parameters = None
    for phase in planned:
        # a state holds all of the phase after which it was taken
        if resumed > phase.last:
            continue
        model, parts = _prepare(network, phase, run, data)
        is_resumed = state is not None and resumed > phase.first
        _fit(model, phase, run, data, parts, state if is_resumed else None, record)
        trained_parameters = starting.count_trained(model) if start else None
    return Trained(network, history, stopping.best_epoch(recipe, history), resumed, trained_parameters)


def _find_frozen(run: Run, phase: Phase) -> str | None:
    """The layer up to which a phase freezes the network; None where it trains all."""
    return None if phase.trains_all else find_layer(run.architecture, phase.frozen)


def _prepare(network: keras.Model, phase: Phase, run: Run, data: Data) -> tuple[keras.Model, batches.Parts | None]:
    """The model that a phase trains, and the features that it reads in place of examples, if it does."""
    frozen = _find_frozen(run, phase)
    if data.start:
        starting.freeze(network, frozen)
    parts = batches.read_features(network, frozen, data, run) if frozen else None
    if parts:
        return between(network, frozen, None), parts
    return starting.with_augmentation(network, run.recipe, run.seed, frozen), None


def _fit(
    model: keras.Model,
    phase: Phase,
    run: Run,
    data: Data,
    parts: batches.Parts | None,
    state: State | None,
    record: Callable[[Row, Callable[[list[Row]], State]], None],
) -> None:
    """Trains the epochs of a phase that `state` does not have."""
    import keras

    recipe, first = run.recipe, len(state.history) if state else phase.first
    weights = _class_weights(data.records.counts(data.folds["train"])) if recipe.class_weights else None
    soft = labels.are_soft(recipe)
    train, val = batches.of_parts(run, data, parts, weights if soft else None, first)
    model.compile(
        optimizer=optimizers.build(recipe, phase, train.steps, model),
        loss=labels.loss(recipe),
        metrics=[labels.metric(recipe)],
        jit_compile=runtime.engine().COMPILES,  # Keras' "auto" differs between CPU and GPU
        steps_per_execution=feeding.steps_per_execution(train),
    )
    # else it has no moments yet to put back
    model.optimizer.build(model.trainable_variables)
    callbacks, means = stopping.callbacks(recipe, phase), weight_means.mean_callback() if recipe.ema else None

    def restore(_: Any) -> None:
        if state:
            resuming.restore(state, model, callbacks)
            if means:
                means.swap()

    def end_epoch(epoch: int, logs: dict[str, float]) -> None:
        # Keras counts from 0, and logs the rate with some schedules only
        row: Row = {"epoch": epoch + 1} | ({"phase": phase.name} if recipe.head_epochs else {})
        row |= {name: float(value) for name, value in logs.items() if name != "learning_rate"}
        row["lr"] = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        # Keras' own TerminateOnNaN would end the training as if all were well
        for name in ("loss", "val_loss"):  # the latter first, where the last step of the training is what is too long
            if not math.isfinite(row[name]):
                raise DivergedError(
                    f"Expected a finite {name}, received {row[name]} in epoch {epoch + 1}: lower lr, now {phase.lr:g}."
                )
        record(row, lambda history: resuming.capture(model, callbacks, history))
        if means:
            means.swap()

    # the means before the others, which keep weights; these after them: they have begun when it restores them, and
    # counted the epoch when it writes
    own = [
        progress_callback(recipe.epochs, first, phase.last),
        keras.callbacks.LambdaCallback(on_train_begin=restore, on_epoch_end=end_epoch),
        *runtime.engine().callbacks(run.seed),
    ]
    inputs, watched = feeding.feed_training(model, train, val)
    model.fit(
        inputs,
        validation_data=watched,
        # the training batches have no end
        steps_per_epoch=train.steps,
        initial_epoch=first,
        # none is left where early stopping had ended the training
        epochs=first if state and state.stopped else phase.last,
        callbacks=[*([means] if means else []), *callbacks, *own],
        # soft labels come with theirs
        class_weight=None if soft else weights,
        verbose=0,
        shuffle=False,  # the batches are shuffled, by seed and epoch
    )


def _class_weights(counts: dict[str, int]) -> dict[int, float]:
    """Weights by class index: each class has the same share of the loss, and an example weighs 1 on average."""
    total = sum(counts.values())
    # a class may be absent from the training folds
    return {index: total / (len(counts) * max(count, 1)) for index, count in enumerate(counts.values())}
