"""The plain network that the brain tumour tutorial sets against VGG16."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `brain_tumor-plain_cnn`.

    Conv 32, 64, 128 (3x3, no padding, relu), each with a pool, Flatten, Dense 128, softmax. Source: the brain
    tumour MRI tutorial, which says "a plain CNN" and leaves its layers open; these are the usual first stack,
    chosen here: no dropout, no normalisation, nothing that would blur the comparison with VGG16. At the
    tutorial's 224x224x3 and four classes it has 11,169,476 parameters: 26 x 26 x 128 features meet 128 units.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, minimum=22)  # three unpadded convolutions and pools leave 1 pixel
    for block, filters in enumerate((32, 64, 128), start=1):
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"conv{block}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool{block}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(128, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="plain_cnn")
