"""A small wide residual network, for a good plain recipe from scratch."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input, refuse_l2

FILTERS = (32, 64, 128)
"""Of the groups conv2, conv3 and conv4 of the paper's table 1, at width 2."""
UNITS = 1
"""Residual units of a group: (depth - 4) / 6, at depth 10."""
SMALLEST = 32
"""The least side that the first group sees of a larger image; the paper's own."""
BLOCKS = {"conv1": "conv1", "conv2": "conv2_unit1_add", "conv3": "conv3_unit1_add", "conv4": "pool"}


def build(
    input_shape: tuple[int, ...], outputs: int, activation: str, *, l2: float = 0.0, pretrained: bool = False
) -> keras.Model:
    """Builds WRN-10-2.

    The wide residual network of Zagoruyko & Komodakis, "Wide Residual Networks" (2016, arXiv:1605.07146), at depth 10
    and width 2: Conv 16, three groups of one residual unit each (BN, relu, 3x3, BN, relu, 3x3, the order of He et al.,
    2016, arXiv:1603.05027) with 32, 64 and 128 filters, the second and third at stride 2, BN, relu, global average
    pool, softmax. At 32x32x3 and ten outputs it has 304,634 parameters. The paper's smallest is WRN-16; this depth
    takes half of its time on a CPU.

    The paper's images have 32 pixels. Of a larger one, the stem here halves the sides until 32 to 63 are left, with a
    stride in its convolution and then max pools, as He et al. do for 224 pixels (2015, arXiv:1512.03385): 224 become
    56. The number of parameters is the same for every size.
    """
    del pretrained  # weights of other images want the same scale
    refuse_l2("wrn_10_2", l2)
    inputs, x = image_input(input_shape, minimum=4)  # two halvings leave 1 pixel
    shrink = max(min(x.shape[1:3]) // SMALLEST, 1).bit_length() - 1
    x = _convolution(16, 2 if shrink else 1, "conv1")(x)
    for halving in range(2, shrink + 1):
        x = keras.layers.MaxPooling2D(3, 2, padding="same", name=f"conv1_pool{halving}")(x)
    for group, filters in enumerate(FILTERS, start=2):
        for unit in range(1, UNITS + 1):
            x = _unit(x, filters, 2 if group > 2 and unit == 1 else 1, f"conv{group}_unit{unit}")
    x = _normalised(x, "last")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dense(outputs, activation=activation, dtype="float32", name="output")(x)
    return keras.Model(inputs, x, name="wrn_10_2")


def _unit(x: keras.KerasTensor, filters: int, stride: int, name: str) -> keras.KerasTensor:
    """A residual unit; where it changes the shape, its shortcut is a 1x1 convolution of the normalised input."""
    normalised = _normalised(x, f"{name}_1")
    changes = stride > 1 or x.shape[-1] != filters
    shortcut = _convolution(filters, stride, f"{name}_shortcut", side=1)(normalised) if changes else x
    y = _convolution(filters, stride, f"{name}_conv1")(normalised)
    y = _convolution(filters, 1, f"{name}_conv2")(_normalised(y, f"{name}_2"))
    return keras.layers.Add(name=f"{name}_add")([y, shortcut])


def _normalised(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    # momentum and epsilon of the paper's code; Keras' own momentum would lag behind in a short training
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _convolution(filters: int, stride: int, name: str, side: int = 3) -> keras.layers.Layer:
    return keras.layers.Conv2D(
        filters, side, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )
