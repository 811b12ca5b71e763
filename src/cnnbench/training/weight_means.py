"""The running mean of the weights, put in their place where they are measured and kept.

Keras' own SwapEMAWeights adds and subtracts where it swaps, which changes the last bits of the weights, and swaps them
back before early stopping has kept the best.
"""

from __future__ import annotations

from typing import Any


def mean_callback() -> Any:
    """Builds a Keras callback that puts the means in before each validation; its `swap` takes them out again."""
    import keras

    class Means(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is not typed
        """Swaps the weights of the model, and the means that its optimiser keeps of them."""

        def on_test_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self.swap()

        def swap(self) -> None:
            optimizer = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
            means = optimizer._model_variables_moving_average
            for variable, mean in zip(optimizer._trainable_variables, means, strict=True):
                held = keras.ops.convert_to_numpy(variable)
                variable.assign(mean)
                mean.assign(held)

    return Means()
