"""The PatchCamelyon tutorial's network: few, very wide layers."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `patch_camelyon-pcam_cnn`.

    Conv 256, pool, Conv 512, pool, Conv 1024, pool (3x3, relu, all padded), Flatten, Dense 1024, 512, 128,
    and one sigmoid. Source: the PatchCamelyon tutorial. At its 96x96x3 and one output it has 157,493,505
    parameters; the first dense layer has 151 million of them: 12 x 12 x 1024 features meet 1024 units.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape)
    for block, filters in enumerate((256, 512, 1024), start=1):
        # the stated parameters need 12 x 12 x 1024 features at the end; unpadded, 11 x 11 would be left
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{block}")(x)
        # a padded pool never reaches 0 pixels, so the network takes any size
        x = keras.layers.MaxPooling2D(2, padding="same", name=f"pool{block}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    for layer, units in enumerate((1024, 512, 128), start=1):
        x = keras.layers.Dense(units, activation="relu", kernel_regularizer=penalty, name=f"dense{layer}")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="pcam_cnn")
