"""EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation and with ReLU6, made for small devices."""

from __future__ import annotations

import keras

from cnnbench.networks._image import image_input, pooled_head, refuse_l2

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first, expansion and filters of each stage: table 1 of the paper."""

_SKIPS = (3, 5, 7, 8, 10, 11, 13, 14, 15)  # blocks that keep size and filters, so that their input is added
BLOCKS = {
    "stem": "stem_relu",
    **{f"block{n}": f"block{n}_add" if n in _SKIPS else f"block{n}_project_bn" for n in range(1, 17)},
    "top": "pool",
}


def build(
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    pretrained: bool = False,  # noqa: ARG001 - the same scaling from scratch
) -> keras.Model:
    """Builds the network of Tan & Le, "EfficientNet: Rethinking Model Scaling for CNNs" (2019, arXiv:1905.11946).

    Lite0 is its authors' later release of B0: a stem, 16 inverted residual blocks, a convolution to 1,280 maps, the
    mean of each, dropout 0.2 and one dense layer. With 2 outputs it has 3,415,586 parameters, 3,413,024 of them below
    the head. The authors' weights were trained at 224 pixels; they are still of use from 96 on, to which a smaller
    image is scaled up.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    refuse_l2("efficientnet_lite0", l2)
    inputs, x = image_input(input_shape, minimum=96)
    # pixels less 127, divided by 128
    x = keras.layers.Rescaling(255 / 128, offset=-127 / 128, name="scale_as_trained")(x)
    x = _convolve(x, "stem", filters=32, kernel=3, stride=2)
    block = 0
    for repeats, kernel, stride, expansion, filters in STAGES:
        for repeat in range(repeats):
            block += 1
            x = _block(x, f"block{block}", kernel, stride if repeat == 0 else 1, expansion, filters)
    x = _convolve(x, "top", filters=1280, kernel=1, stride=1)
    return pooled_head(inputs, x, outputs, activation, "efficientnet_lite0")


def _block(
    x: keras.KerasTensor, name: str, kernel: int, stride: int, expansion: int, filters: int
) -> keras.KerasTensor:
    """An inverted residual block: wider, filtered map by map, narrower; its input is added where the shapes agree."""
    start, depth = x, x.shape[-1]
    if expansion > 1:
        x = _convolve(x, f"{name}_expand", filters=depth * expansion, kernel=1, stride=1)
    x = keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv")(x)
    x = _normalise(x, f"{name}_depthwise")
    x = keras.layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = keras.layers.BatchNormalization(name=f"{name}_project_bn")(x)
    return keras.layers.Add(name=f"{name}_add")([x, start]) if stride == 1 and filters == depth else x


def _convolve(x: keras.KerasTensor, name: str, *, filters: int, kernel: int, stride: int) -> keras.KerasTensor:
    x = keras.layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return _normalise(x, name)


def _normalise(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(name=f"{name}_bn")(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)
