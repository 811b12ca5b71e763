"""The chest X-ray tutorial's network."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `chest_xray-chest_cnn`.

    Conv 32, 64, 128, 256 (3x3, no padding, relu), each with a pool, Flatten, Dropout 0.3, Dense 512, and one
    sigmoid. Source: the chest X-ray pneumonia tutorial. At its 180x180x3 and one output it has 11,006,273
    parameters: 9 x 9 x 256 features meet 512 units. The tutorial's augmentation belongs to the recipe.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, minimum=46)  # four unpadded convolutions and pools leave 1 pixel
    for block, filters in enumerate((32, 64, 128, 256), start=1):
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{block}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(0.3, name="dropout")(x)
    x = keras.layers.Dense(512, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="chest_cnn")
