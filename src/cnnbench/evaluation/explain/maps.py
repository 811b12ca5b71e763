"""What the layers of a network make of one image."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.explain.inside import convolutions, heard, leaves


def feature_maps(model: Any, image: NDArray[np.uint8]) -> list[tuple[str, NDArray[np.float32]]]:
    """The output of each convolution and pooling layer for one image.

    Args:
        model: A Keras network with a convolution over images.
        image: uint8, shape (height, width, channels).

    Returns:
        Name of the layer and its output, float32, shape (height, width, channels), in the order in which they ran.

    Raises:
        UserError: The network has no convolution over images.
    """
    from keras.layers import AveragePooling2D, MaxPooling2D

    wanted = set(map(id, convolutions(model)))
    made: list[tuple[str, NDArray[np.float32]]] = []

    def keep(name: str, output: Any) -> None:
        made.append((name, np.asarray(output[0], np.float32)))

    with ExitStack() as stack:
        for layer in leaves(model):
            if id(layer) in wanted or isinstance(layer, MaxPooling2D | AveragePooling2D):
                stack.enter_context(heard(layer, partial(keep, layer.name)))
        model(image[None], training=False)
    return made
