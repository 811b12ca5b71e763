"""The state of a training in Keras, taken and put back between two epochs.

Keras' own BackupAndRestore goes on with the weights alone: early stopping and plateau would start over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnbench.training.checkpoints import Row, State

if TYPE_CHECKING:
    import keras

_COUNTERS = ("wait", "best", "best_epoch", "stopped_epoch", "cooldown_counter")


def capture(model: keras.Model, callbacks: list[keras.callbacks.Callback], history: list[Row]) -> State:
    """Takes the state after an epoch, of which `history` holds the row."""
    import keras

    arrays = [keras.ops.convert_to_numpy(variable) for variable in _variables(model)]
    counters = []
    for callback in callbacks:
        counters.append({name: getattr(callback, name) for name in _COUNTERS if hasattr(callback, name)})
        # where the epoch is the best so far, its weights are there already
        if _keeps_best(callback) and callback.best_epoch + 1 < len(history):
            arrays += callback.best_weights
    return State(history, model.stop_training, counters, arrays)


def restore(state: State, model: keras.Model, callbacks: list[keras.callbacks.Callback]) -> None:
    """Puts a state back, once `fit` has reset the callbacks, as it does when it begins."""
    variables = _variables(model)
    for variable, array in zip(variables, state.arrays, strict=False):
        variable.assign(array)
    for callback, counters in zip(callbacks, state.counters, strict=True):
        for name, value in counters.items():
            setattr(callback, name, value)
        if getattr(callback, "restore_best_weights", False):
            callback.best_weights = state.arrays[len(variables) :] or model.get_weights()


def _variables(model: keras.Model) -> list[Any]:
    """Weights, states of the random generators (dropout, augmentation), steps, rate and moments of the optimiser."""
    return [*model.variables, *model.optimizer.variables]


def _keeps_best(callback: keras.callbacks.Callback) -> bool:
    return getattr(callback, "best_weights", None) is not None
