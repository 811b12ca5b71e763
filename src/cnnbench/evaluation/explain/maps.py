"""The feature maps of a network for one image."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.evaluation.explain.layer_hooks import find_convolutions, flatten_layers, listen

MOST = 7  # layers: a figure of fifty is thirty inches high, and nobody looks at it


def feature_maps(model: Any, image: NDArray[np.uint8]) -> list[tuple[str, NDArray[np.float32]]]:
    """The outputs of the convolution and pooling layers for one image: of all, or of seven in a network that has more.

    Args:
        model: A Keras network with a convolution over images.
        image: uint8, shape (height, width, channels).

    Returns:
        Name of the layer and its output, float32, shape (height, width, channels), in the order of execution.

    Raises:
        UserError: The network has no convolution over images.
    """
    from keras import ops
    from keras.layers import AveragePooling2D, MaxPooling2D

    convolutions = find_convolutions(model)
    maps: list[tuple[str, NDArray[np.float32]]] = []

    def keep(name: str, output: Any) -> None:
        maps.append((name, ops.convert_to_numpy(output[0]).astype(np.float32)))

    with ExitStack() as stack:
        for layer in flatten_layers(model):
            if layer in convolutions or isinstance(layer, MaxPooling2D | AveragePooling2D):
                stack.enter_context(listen(layer, partial(keep, layer.name)))
        # Not predict, which compiles the network: the outputs in a graph hold no numbers
        model(image[None], training=False)
    return [maps[index] for index in choose([values.shape[:2] for _, values in maps])]


def choose(sizes: Sequence[tuple[int, ...]]) -> list[int]:
    """Chooses seven layers at most: the last of each stage, and others spread evenly between.

    Args:
        sizes: Height and width of each layer's output; layers of one size in a row are a stage.

    Returns:
        Their numbers, ascending.
    """
    everything = list(range(len(sizes)))
    if len(sizes) <= MOST:
        return everything
    ends = [index for index in everything if sizes[index : index + 2] != [sizes[index]] * 2]
    if len(ends) >= MOST:
        return [ends[round(place)] for place in np.linspace(0, len(ends) - 1, MOST)]
    others = [index for index in everything if index not in ends]
    # The ends of the range are left out, since the stages' are there already
    between = np.linspace(0, len(others) - 1, MOST - len(ends) + 2)[1:-1]
    return sorted([*ends, *(others[round(place)] for place in between)])
