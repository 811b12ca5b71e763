"""MobileNetV2, as keras.applications has it."""

from __future__ import annotations

import keras

from cnnbench.networks import _application

BLOCKS = {
    "stem": "Conv1_relu",
    "block1": "expanded_conv_project_BN",
    "block2": "block_2_add",
    "block3": "block_5_add",
    "block4": "block_9_add",
    "block5": "block_12_add",
    "block6": "block_15_add",
    "block7": "block_16_project_BN",
    "top": "pool",
}
"""The rows of table 2 of the paper."""


def build(
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    pretrained: bool = False,  # noqa: ARG001 - the same scaling from scratch
) -> keras.Model:
    """Builds the network of Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).

    Of arXiv:1801.04381, at width 1, with dropout 0.2 before the last layer. With 2 outputs it has 2,260,546 parameters,
    2,257,984 of them below the head. Images shorter than 96 pixels are scaled up to that.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    return _application.build(
        "mobilenet_v2", keras.applications.MobileNetV2, _scale, input_shape, outputs, activation, l2=l2
    )


def _scale(x: keras.KerasTensor) -> keras.KerasTensor:
    """From 0..1 to -1..1."""
    return keras.layers.Rescaling(2.0, offset=-1.0, name="scale_as_trained")(x)
