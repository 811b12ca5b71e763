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
from cnnbench.training import augmentation
from cnnbench.training.progress_bar import progress_callback

if TYPE_CHECKING:
    import keras

Row = dict[str, float]


class Trained(NamedTuple):
    """What a training leaves.

    Attributes:
        model: The network, without optimiser and without augmentation.
        history: A row an epoch: epoch (from 1), loss, accuracy or rmse, the same of validation, lr.
        best_epoch: The epoch whose weights the model has.
    """

    model: keras.Model
    history: list[Row]
    best_epoch: int


def head(loss: str, classes: int) -> tuple[int, str]:
    """Units and activation of the last layer, which the loss decides.

    Raises:
        UserError: The loss does not go with so many classes; 0 classes are a regression.
    """
    if loss == "mse":
        fits, result = classes == 0, (1, "linear")
    elif loss == "binary_crossentropy":
        fits, result = classes == 2, (1, "sigmoid")
    else:
        fits, result = classes >= 2, (classes, "softmax")
    if not fits:
        received = f"{classes} classes" if classes else "a regression"
        wanted = {"mse": "a regression", "binary_crossentropy": "2 classes"}.get(loss, "2 or more classes")
        raise UserError(f"Expected {wanted} for loss: {loss}, received {received}.")
    return result


def train(
    run: Run, folder: Path, records: Records, folds: dict[str, list[int]], on_epoch: Callable[[Row], None]
) -> Trained:
    """Trains a run's network on the training folds, watched on the validation folds.

    Call `runtime.configure` first.

    Args:
        run: Network and recipe.
        folder: Where the records lie.
        records: Its `records.json`.
        folds: Fold numbers of "train" and "val".
        on_epoch: Called with each row of the history as it comes.

    Raises:
        UserError: The network does not take the data, the loss does not go with them, or the loss is no longer finite.
    """
    import keras

    recipe = run.recipe
    units, activation = head(recipe.loss, len(records.classes))
    if recipe.class_weights and not records.classes:
        raise UserError("Expected class_weights: false for a regression, received true.")
    scale = records.scale(folds["train"]) if recipe.standardise else None
    network = networks.build(run.architecture, records.shape, units, activation, l2=recipe.l2, scale=scale)
    trained = _with_augmentation(network, recipe, run.seed)
    trained.compile(
        optimizer=_optimizer(recipe, sum(records.counts(folds["train"]).values())),
        loss=recipe.loss,
        metrics=["accuracy"] if records.classes else [keras.metrics.RootMeanSquaredError(name="rmse")],
        jit_compile=False,  # Keras' "auto" differs between CPU and GPU; XLA gains nothing on a CPU
    )
    one_hot = recipe.loss == "categorical_crossentropy"
    batch = recipe.batch_size
    data = reader.stream(folder, records, folds["train"], batch, one_hot=one_hot, shuffle=run.seed)
    watched = reader.stream(folder, records, folds["val"], batch, one_hot=one_hot)
    history: list[Row] = []

    def note(epoch: int, logs: dict[str, float]) -> None:
        row = {"epoch": epoch + 1} | {name: float(value) for name, value in logs.items() if name != "learning_rate"}
        row["lr"] = float(trained.optimizer.learning_rate)
        if not math.isfinite(row["loss"]):
            raise UserError(
                f"Expected a finite loss, received {row['loss']} in epoch {epoch + 1}: lower lr, now {recipe.lr:g}."
            )
        history.append(row)
        on_epoch(row)

    callbacks = [
        *_callbacks(recipe),
        keras.callbacks.LambdaCallback(on_epoch_end=note),
        progress_callback(recipe.epochs),
    ]
    weights = _class_weights(records.counts(folds["train"])) if recipe.class_weights else None
    trained.fit(
        data,
        validation_data=watched,
        epochs=recipe.epochs,
        callbacks=callbacks,
        class_weight=weights,
        verbose=0,
        shuffle=False,
    )
    return Trained(network, history, _best(recipe, history))


def _with_augmentation(network: keras.Model, recipe: Recipe, seed: int) -> keras.Model:
    """The network behind its augmentation, as a model of its own: the network stays as it is to be saved."""
    import keras

    inputs = keras.Input(network.input_shape[1:], dtype=network.inputs[0].dtype, name="examples")
    x: Any = inputs
    for layer in augmentation.layers(recipe.augmentation, seed) if recipe.augmentation else []:
        x = layer(x)
    return keras.Model(inputs, network(x), name="training")


def _class_weights(counts: dict[str, int]) -> dict[int, float]:
    """What makes each class weigh the same in the loss, and an example 1 on average."""
    total = sum(counts.values())
    return {index: total / (len(counts) * max(count, 1)) for index, count in enumerate(counts.values())}


def _optimizer(recipe: Recipe, examples: int) -> keras.optimizers.Optimizer:
    import keras

    rate: Any = recipe.lr
    if isinstance(recipe.schedule, Exponential):
        rate = keras.optimizers.schedules.ExponentialDecay(
            recipe.lr, recipe.schedule.decay_steps, recipe.schedule.decay_rate
        )
    elif isinstance(recipe.schedule, Cosine):
        steps = recipe.epochs * math.ceil(examples / recipe.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(recipe.lr, steps)
    kinds = {
        "adam": keras.optimizers.Adam,
        "rmsprop": keras.optimizers.RMSprop,
        "adadelta": keras.optimizers.Adadelta,
    }
    return kinds[recipe.optimizer](rate)


def _callbacks(recipe: Recipe) -> list[keras.callbacks.Callback]:
    import keras

    found: list[keras.callbacks.Callback] = []
    if isinstance(recipe.schedule, Plateau):
        plateau = recipe.schedule
        found.append(
            keras.callbacks.ReduceLROnPlateau(
                plateau.monitor, factor=plateau.factor, patience=plateau.patience, min_lr=plateau.min_lr
            )
        )
    if stopping := recipe.early_stopping:
        found.append(
            keras.callbacks.EarlyStopping(
                stopping.monitor, patience=stopping.patience, restore_best_weights=stopping.restore_best
            )
        )
    return found


def _best(recipe: Recipe, history: list[Row]) -> int:
    stopping = recipe.early_stopping
    if stopping is None or not stopping.restore_best:
        return len(history)
    sign = -1 if stopping.monitor.endswith("accuracy") else 1
    return 1 + min(range(len(history)), key=lambda index: sign * history[index][stopping.monitor])
