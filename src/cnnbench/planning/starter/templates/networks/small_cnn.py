"""Two strided convolutions and a dense layer: a network of your own, to be changed. Its name is that of the file."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds it: input_shape is (height, width, channels), the recipe's loss gives outputs and activation."""
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape)  # uint8 pixels in, floats of 0..1 out, three channels of one
    for filters in (16, 32):
        x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(64, activation="relu", kernel_regularizer=penalty)(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32")(x)
    return keras.Model(inputs, x, name="small_cnn")
