"""The feature maps of a network for one image."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.explain.layer_hooks import find_convolutions, flatten_layers, listen


def feature_maps(model: Any, image: NDArray[np.uint8]) -> list[tuple[str, NDArray[np.float32]]]:
    """The output of each convolution and pooling layer for one image.

    Args:
        model: A Keras network with a convolution over images.
        image: uint8, shape (height, width, channels).

    Returns:
        Name of the layer and its output, float32, shape (height, width, channels), in the order of execution.

    Raises:
        UserError: The network has no convolution over images.
    """
    from keras.layers import AveragePooling2D, MaxPooling2D

    convolutions = find_convolutions(model)
    maps: list[tuple[str, NDArray[np.float32]]] = []

    def keep(name: str, output: Any) -> None:
        maps.append((name, np.asarray(output[0], np.float32)))

    with ExitStack() as stack:
        for layer in flatten_layers(model):
            if layer in convolutions or isinstance(layer, MaxPooling2D | AveragePooling2D):
                stack.enter_context(listen(layer, partial(keep, layer.name)))
        # Not predict, which compiles the network: the outputs in a graph hold no numbers
        model(image[None], training=False)
    return maps
