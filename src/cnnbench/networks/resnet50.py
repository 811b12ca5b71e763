"""ResNet50, as keras.applications has it."""

from __future__ import annotations

import keras

from cnnbench.networks import _application
from cnnbench.networks._image import scale_as_caffe

BLOCKS = {
    "conv1": "pool1_pool",
    "conv2": "conv2_block3_out",
    "conv3": "conv3_block4_out",
    "conv4": "conv4_block6_out",
    "conv5": "pool",
}


def build(
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    pretrained: bool = False,  # noqa: ARG001 - the same scaling from scratch
) -> keras.Model:
    """Builds the network of He et al., "Deep Residual Learning for Image Recognition" (2015, arXiv:1512.03385).

    The 50 layers of its table 1, with dropout 0.2 before the last. With 2 outputs it has 23,591,810 parameters,
    23,587,712 of them below the head. Images shorter than 96 pixels are scaled up to that.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    return _application.build(
        "resnet50", keras.applications.ResNet50, scale_as_caffe, input_shape, outputs, activation, l2=l2
    )
