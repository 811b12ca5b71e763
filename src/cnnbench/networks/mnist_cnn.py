"""The MNIST tutorial's network."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `mnist-mnist_cnn`.

    Conv 32, pool, Conv 64, pool (3x3, no padding, relu), Dropout 0.25, Flatten, Dense 128, softmax. Source:
    the MNIST tutorial. At its 28x28x1 and ten outputs it has 225,034 parameters: 5 x 5 x 64 features meet 128
    units. Published for grey images, it takes colour unchanged.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, channels=None, minimum=10)  # two unpadded convolutions and pools leave 1 pixel
    for block, filters in enumerate((32, 64), start=1):
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{block}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = keras.layers.Dropout(0.25, name="dropout")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(128, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="mnist_cnn")
