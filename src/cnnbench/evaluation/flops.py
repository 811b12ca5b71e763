"""Floating point operations of a network, counted from the shapes of its layers: the same with every backend."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from cnnbench.core.printable import printable
from cnnbench.evaluation.explain.layer_hooks import flatten_layers, listen

Operations = Callable[[Any, tuple[int, ...]], int]
"""Takes a layer and the shape of its output for one example."""


def count(model: Any) -> int:
    """Floating point operations of one forward pass of one example.

    A multiplication and an addition are two. Convolutions, matrix products and their biases count, which are nearly all
    of them; normalisation, activations and pooling do not. Layers of other kinds that have weights are named on stderr
    and left out.

    Args:
        model: A Keras network.
    """
    found = 0

    def listener(layer: Any, operations: Operations) -> Callable[[Any], None]:
        def add(output: Any) -> None:
            nonlocal found
            found += operations(layer, tuple(output.shape[1:]))

        return add

    with ExitStack() as hooks:
        for layer in flatten_layers(model):
            if operations := _operations(layer):
                hooks.enter_context(listen(layer, listener(layer, operations)))
            else:
                what = printable(f"{layer.name} ({type(layer).__name__})")
                print(f"the count of operations leaves out {what}: not known of such a layer", file=sys.stderr)
        example = np.zeros((1, *model.input_shape[1:]), model.inputs[0].dtype)
        model(example, training=False)
    return found


def _operations(layer: Any) -> Operations | None:
    """How those of a layer are counted for an output of it; None where that is not known."""
    from keras import layers

    transposed = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
    if isinstance(layer, transposed):
        return _of_transposed
    if isinstance(layer, (layers.SeparableConv1D, layers.SeparableConv2D)):
        return _of_separable
    convolutions = (layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D)
    if isinstance(layer, (*convolutions, layers.Dense)):
        return _of_kernel
    rest = (layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization, layers.PReLU)
    if isinstance(layer, rest) or not layer.weights or not any(len(weight.shape) > 1 for weight in layer.weights):
        return _none
    return None


def _none(layer: Any, shape: tuple[int, ...]) -> int:  # noqa: ARG001 - of layers that are not worth counting
    return 0


def _of_kernel(layer: Any, shape: tuple[int, ...]) -> int:
    """Each value of the kernel is multiplied once at each place of the output."""
    return 2 * int(math.prod(layer.kernel.shape)) * math.prod(shape[:-1]) + _of_bias(layer, shape)


def _of_transposed(layer: Any, shape: tuple[int, ...]) -> int:
    """At each place of the input, from which the output was enlarged by the strides."""
    strides = int(math.prod(layer.strides))
    return 2 * int(math.prod(layer.kernel.shape)) * math.prod(shape[:-1]) // strides + _of_bias(layer, shape)


def _of_separable(layer: Any, shape: tuple[int, ...]) -> int:
    kernels = int(math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape))
    return 2 * kernels * math.prod(shape[:-1]) + _of_bias(layer, shape)


def _of_bias(layer: Any, shape: tuple[int, ...]) -> int:
    return math.prod(shape) if layer.use_bias else 0
