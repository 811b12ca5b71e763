"""Recipe + records -> model + history."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnbench import networks
from cnnbench.config import Cosine, Exponential, Plateau, Recipe, Run
from cnnbench.core.errors import UserError
from cnnbench.data.records import reader
from cnnbench.data.records.schema import Records
from cnnbench.training import augmentation, resuming
from cnnbench.training.checkpoints import Checkpoint
from cnnbench.training.progress_bar import progress_callback

if TYPE_CHECKING:
    import keras

Row = dict[str, float]


class DivergedError(UserError):
    """The loss is no longer finite."""


class Trained(NamedTuple):
    """The result of a training.

    Attributes:
        model: The network, without optimiser and augmentation.
        history: A row per epoch: epoch (from 1), loss, accuracy or rmse, the same on validation data, lr.
        best_epoch: The epoch of the model's weights.
        resumed: Epochs that come from a checkpoint.
    """

    model: keras.Model
    history: list[Row]
    best_epoch: int
    resumed: int


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

    Raises:
        UserError: Network or loss do not fit the data.
        DivergedError: The loss is no longer finite.
    """
    import keras

    recipe, counts = run.recipe, records.counts(folds["train"])
    units, activation = head(recipe.loss, len(records.classes))
    if recipe.class_weights and not records.classes:
        raise UserError("Expected class_weights: false for a regression, received true.")
    # of the training folds alone: anything of the test folds in it would be a leak
    scale = records.scale(folds["train"]) if recipe.standardise else None
    network = networks.build(run.architecture, records.shape, units, activation, l2=recipe.l2, scale=scale)
    trained = _with_augmentation(network, recipe, run.seed)
    trained.compile(
        optimizer=_optimizer(recipe, sum(counts.values())),
        loss=recipe.loss,
        metrics=["accuracy"] if records.classes else [keras.metrics.RootMeanSquaredError(name="rmse")],
        jit_compile=False,  # Keras' "auto" differs between CPU and GPU; XLA gains nothing on a CPU
    )
    # else it has no moments yet to put back
    trained.optimizer.build(trained.trainable_variables)
    examples, batch = sum(counts.values()), recipe.batch_size
    callbacks = _callbacks(recipe)
    state = checkpoint.read() if checkpoint else None
    history: list[Row] = list(state.history) if state else []
    first = len(history)
    if first:
        print(f"resumes after epoch {first} of {recipe.epochs}")
    for row in history:
        on_epoch(row)

    def restore(_: Any) -> None:
        if state:
            resuming.restore(state, trained, callbacks)

    def record_epoch(epoch: int, logs: dict[str, float]) -> None:
        # Keras counts from 0, and logs the rate with some schedules only
        row = {"epoch": epoch + 1} | {name: float(value) for name, value in logs.items() if name != "learning_rate"}
        row["lr"] = float(trained.optimizer.learning_rate)
        # Keras' own TerminateOnNaN would end the training as if all were well
        if not math.isfinite(row["loss"]):
            raise DivergedError(
                f"Expected a finite loss, received {row['loss']} in epoch {epoch + 1}: lower lr, now {recipe.lr:g}."
            )
        history.append(row)
        if checkpoint:
            checkpoint.write(lambda: resuming.capture(trained, callbacks, history))
        on_epoch(row)

    # after the others: they have begun when it restores them, and counted the epoch when it writes
    own = [
        progress_callback(recipe.epochs, first),
        keras.callbacks.LambdaCallback(on_train_begin=restore, on_epoch_end=record_epoch),
    ]
    one_hot = recipe.loss == "categorical_crossentropy"
    trained.fit(
        reader.stream(folder, records, folds["train"], batch, one_hot=one_hot, shuffle=run.seed, epoch=first),
        validation_data=reader.stream(folder, records, folds["val"], batch, one_hot=one_hot),
        # the stream has no end
        steps_per_epoch=math.ceil(examples / batch),
        initial_epoch=first,
        # none is left where early stopping had ended the training
        epochs=first if state and state.stopped else recipe.epochs,
        callbacks=callbacks + own,
        class_weight=_class_weights(counts) if recipe.class_weights else None,
        verbose=0,
        shuffle=False,  # the stream shuffles, by seed and epoch
    )
    return Trained(network, history, _best_epoch(recipe, history), first)


def _with_augmentation(network: keras.Model, recipe: Recipe, seed: int) -> keras.Model:
    """A model of augmentation and network, to be trained; the network alone is saved."""
    import keras

    inputs = keras.Input(network.input_shape[1:], dtype=network.inputs[0].dtype, name="examples")
    x: Any = inputs
    for layer in augmentation.build_layers(recipe.augmentation, seed) if recipe.augmentation else []:
        x = layer(x)
    return keras.Model(inputs, network(x), name="training")


def _class_weights(counts: dict[str, int]) -> dict[int, float]:
    """Weights by class index: each class has the same share of the loss, and an example weighs 1 on average."""
    total = sum(counts.values())
    # a class may be absent from the training folds
    return {index: total / (len(counts) * max(count, 1)) for index, count in enumerate(counts.values())}


def _optimizer(recipe: Recipe, examples: int) -> keras.optimizers.Optimizer:
    import keras

    rate: Any = recipe.lr
    if isinstance(recipe.schedule, Exponential):
        rate = keras.optimizers.schedules.ExponentialDecay(
            recipe.lr, recipe.schedule.decay_steps, recipe.schedule.decay_rate
        )
    elif isinstance(recipe.schedule, Cosine):
        # rounded up: a last, smaller batch is a step too
        steps = recipe.epochs * math.ceil(examples / recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(recipe.lr, steps)
    optimizers = keras.optimizers
    kinds = {"adam": optimizers.Adam, "rmsprop": optimizers.RMSprop, "adadelta": optimizers.Adadelta}
    return kinds[recipe.optimizer](rate)


def _callbacks(recipe: Recipe) -> list[keras.callbacks.Callback]:
    import keras

    callbacks: list[keras.callbacks.Callback] = []
    if isinstance(recipe.schedule, Plateau):
        callbacks.append(keras.callbacks.ReduceLROnPlateau(**recipe.schedule.model_dump(exclude={"name"})))
    if stopping := recipe.early_stopping:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                stopping.monitor, patience=stopping.patience, restore_best_weights=stopping.restore_best
            )
        )
    return callbacks


def _best_epoch(recipe: Recipe, history: list[Row]) -> int:
    stopping = recipe.early_stopping
    if stopping is None or not stopping.restore_best:
        return len(history)
    sign = -1 if stopping.monitor.endswith("accuracy") else 1
    # the first of equal epochs, as EarlyStopping restores it
    return 1 + min(range(len(history)), key=lambda index: sign * history[index][stopping.monitor])
