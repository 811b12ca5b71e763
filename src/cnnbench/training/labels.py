"""Loss, accuracy and labels, where a label may be shared among classes: by label smoothing, mixup or CutMix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Recipe
from cnnbench.data.records.batching import Batch, Change
from cnnbench.training import mixing


def are_soft(recipe: Recipe) -> bool:
    """Whether training labels are shares of classes."""
    return bool(recipe.label_smoothing or recipe.mixes)


def are_one_hot(recipe: Recipe) -> bool:
    """Whether validation labels are one-hot rows; else they are indices of classes, or numbers."""
    return loss(recipe) == "categorical_crossentropy"


def loss(recipe: Recipe) -> str:
    """The loss in Keras' words; the sparse one, which takes no shares, becomes its equal that does."""
    if are_soft(recipe) and recipe.loss == "sparse_categorical_crossentropy":
        return "categorical_crossentropy"
    return recipe.loss


def metric(recipe: Recipe) -> Any:
    """Accuracy; of a regression, the root of the mean square error. Of a shared label, the greatest share counts."""
    import keras

    if recipe.loss == "mse":
        return keras.metrics.RootMeanSquaredError(name="rmse")
    if not are_soft(recipe) or recipe.loss != "binary_crossentropy":
        return "accuracy"

    # Keras' own would count no shared label as hit
    def is_hit(labels: Any, scores: Any) -> Any:
        return keras.ops.equal(keras.ops.reshape(keras.ops.cast(labels, scores.dtype), (-1, 1)) > 0.5, scores > 0.5)

    return keras.metrics.MeanMetricWrapper(is_hit, name="accuracy")


def soften(recipe: Recipe, classes: int, weights: dict[int, float] | None, seed: int) -> Change:
    """Makes a function that mixes, weighs and smooths a batch of inputs and indices of classes.

    Args:
        recipe: The recipe.
        classes: Their number.
        weights: By class; None weighs none.
        seed: Of the run.

    Returns:
        A function that makes a batch of inputs, shares and weights. The loss of a mixture is that of its parts by their
        shares, each with the weight of its class.
    """
    by_class = np.array([weights[index] if weights else 1 for index in range(classes)], np.float32)

    def soft(step: int, batch: Batch) -> Batch:
        inputs, indices = batch
        shares = one_hot(indices, classes)
        if recipe.mixes:
            inputs, shares = mixing.mix(recipe, inputs, shares, seed, step)
        weighted = shares * by_class
        weight = weighted.sum(axis=1)
        shares = weighted / weight[:, None]
        shares = np.float32(1 - recipe.label_smoothing) * shares + np.float32(recipe.label_smoothing / classes)
        # one output is the share of the second class
        return inputs, shares[:, 1:] if recipe.loss == "binary_crossentropy" else shares, weight

    return soft


def one_hot(indices: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Rows with a 1 in the column of the class, shape (n, classes)."""
    return np.eye(classes, dtype=np.float32)[indices]
