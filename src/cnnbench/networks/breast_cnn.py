"""The breast histopathology tutorial's network: the smallest of all, and without a hidden dense layer."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input, refuse_l2


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `breast_histopathology-breast_cnn`.

    Conv 16, Conv 16, pool, Dropout 0.5, Conv 16, pool, Conv 16, pool (3x3, padding same, relu), Flatten,
    softmax. Source: the IDC breast histopathology tutorial. At its 50x50x3 and two outputs it has 8,562
    parameters.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    refuse_l2("breast_cnn", l2)
    inputs, x = image_input(input_shape, minimum=8)  # three halvings leave 1 pixel
    # the stated parameters need 6 x 6 x 16 features at the end: so convolutions pad, and pools round down
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1")(x)
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv2")(x)
    x = keras.layers.MaxPooling2D(2, name="pool1")(x)
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv3")(x)
    x = keras.layers.MaxPooling2D(2, name="pool2")(x)
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv4")(x)
    x = keras.layers.MaxPooling2D(2, name="pool3")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="breast_cnn")
