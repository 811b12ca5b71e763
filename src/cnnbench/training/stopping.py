"""What decides by a validation figure: early stopping, and a rate that falls at a plateau."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnbench.config import Plateau, Recipe
from cnnbench.training.checkpoints import Row
from cnnbench.training.phases import Phase

if TYPE_CHECKING:
    import keras


def callbacks(recipe: Recipe, phase: Phase) -> list[keras.callbacks.Callback]:
    """The callbacks of a phase: a falling rate, and early stopping in the last phase."""
    import keras

    chosen: list[keras.callbacks.Callback] = []
    if isinstance(recipe.schedule, Plateau):
        chosen.append(keras.callbacks.ReduceLROnPlateau(**recipe.schedule.model_dump(exclude={"name"})))
    if phase.is_last and (stopping := recipe.early_stopping):
        chosen.append(
            keras.callbacks.EarlyStopping(
                stopping.monitor, patience=stopping.patience, restore_best_weights=stopping.restore_best
            )
        )
    return chosen


def best_epoch(recipe: Recipe, history: list[Row]) -> int:
    """The epoch, from 1, whose weights a training has kept."""
    stopping = recipe.early_stopping
    if stopping is None or not stopping.restore_best:
        return len(history)
    sign = -1 if stopping.monitor.endswith("accuracy") else 1
    # the first of equal epochs after those of the head, as EarlyStopping restores it
    epochs = range(recipe.head_epochs, len(history))
    return 1 + min(epochs, key=lambda index: sign * history[index][stopping.monitor])
