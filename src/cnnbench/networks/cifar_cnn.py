"""The CIFAR-10 tutorial's network."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input


def build(input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0) -> keras.Model:
    """Builds the network of `cifar10-cifar_cnn`.

    Two stacks of Conv, Conv, pool, Dropout 0.25, with 32 and then 64 filters (3x3, relu; the first
    convolution of a stack pads, the second does not), Flatten, Dense 128, softmax. Source: the CIFAR-10
    tutorial, which says "stacks of Conv, pool, Dropout, Flatten, Dense 128"; these are the stacks of Keras'
    own `cifar10_cnn` example, and at the tutorial's 32x32x3 and ten outputs they give its 361,898 parameters:
    6 x 6 x 64 features meet 128 units.
    """
    penalty = keras.regularizers.L2(l2) if l2 else None
    inputs, x = image_input(input_shape, minimum=10)  # each stack takes off 2 pixels, then halves: 1 is left
    for stack, filters in enumerate((32, 64), start=1):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"stack{stack}_conv1")(x)
        # unpadded: with padding, 8 x 8 x 64 features would give more than the stated parameters
        x = keras.layers.Conv2D(filters, 3, activation="relu", name=f"stack{stack}_conv2")(x)
        x = keras.layers.MaxPooling2D(2, name=f"stack{stack}_pool")(x)
        x = keras.layers.Dropout(0.25, name=f"stack{stack}_dropout")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(128, activation="relu", kernel_regularizer=penalty, name="dense")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="cifar_cnn")
