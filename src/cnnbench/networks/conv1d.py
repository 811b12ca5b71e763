"""The Boston housing tutorial's network: a convolution along a row of features."""

from __future__ import annotations

import keras

from cnnbench.core.errors import UserError
from cnnbench.networks import Scale


def build(
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    scale: Scale | None = None,
) -> keras.Model:
    """Builds the network of `boston_housing-conv1d`.

    Conv1D 64 with kernel 2 (no padding, relu), Flatten, Dense 32, Dense 1. Source: the Boston housing
    regression tutorial, which takes features unscaled. At its 13x1 and one output it has 24,833 parameters.

    Raises:
        UserError: The input is not of shape (features, 1) with two features or more.
    """
    shape = tuple(input_shape)
    if len(shape) != 2 or shape[1] != 1 or not isinstance(shape[0], int) or shape[0] < 2:
        raise UserError(
            f"Expected rows of shape (features, 1) with two features or more, received {shape}; "
            "choose an architecture for such data."
        )
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs = keras.Input(shape, dtype="float32", name="features")
    x: keras.KerasTensor = inputs
    if scale is not None:
        mean, spread = (keras.ops.reshape(keras.ops.convert_to_tensor(part, "float32"), shape) for part in scale)
        # in the model, so that a saved one takes raw rows; given rather than adapted, so that no data are read
        x = keras.layers.Normalization(axis=(1, 2), mean=mean, variance=spread**2, name="standardise")(x)
    x = keras.layers.Conv1D(64, 2, activation="relu", name="conv")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(32, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="conv1d")
