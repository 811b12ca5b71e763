"""The skin cancer tutorial's network: half as wide as the chest network, and more regularised."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `skin_cancer-skin_cnn`.

    Conv 16, 32, 64, 128 (3x3, no padding, relu), each with a pool, Flatten, Dropout 0.5, Dense 512 with an L2
    penalty (the tutorial's is 0.001, which the recipe sets), two outputs. Source: the skin lesion (benign, malignant)
    tutorial. At its 240x240x3 and two outputs it has 11,174,562 parameters: 13 x 13 x 128 features meet 512 units.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, minimum=46)  # four unpadded convolutions and pools leave 1 pixel
    for block, filters in enumerate((16, 32, 64, 128), start=1):
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{block}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    x = keras.layers.Dense(512, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="skin_cnn")
