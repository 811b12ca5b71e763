"""The layers of a network, nested ones included, and hooks for their outputs.

Hooks, rather than a network that ends at the layer, work alike for functional, sequential and nested networks: inner
layers are not in the outer graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cnnbench.core.errors import UserError

Listener = Callable[[Any], None]


def flatten_layers(model: Any) -> list[Any]:
    """The layers in order, with those of nested networks in their place."""
    layers: list[Any] = []
    for layer in model.layers:
        layers += flatten_layers(layer) if hasattr(layer, "layers") else [layer]
    return layers


def find_convolutions(model: Any) -> list[Any]:
    """The convolutions over images, in order.

    Raises:
        UserError: There is none.
    """
    from keras.layers import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D

    kinds = (Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D)
    convolutions = [layer for layer in flatten_layers(model) if isinstance(layer, kinds)]
    if not convolutions:
        raise UserError(
            f"Expected a network with a convolution over images, received {model.name}, which has none: "
            "choose a run whose network has one."
        )
    return convolutions


def has_convolution(model: Any) -> bool:
    """Whether a network has a convolution over images."""
    try:
        return bool(find_convolutions(model))
    except UserError:
        return False


@contextmanager
def replace_attribute(instance: Any, name: str, value: Any) -> Iterator[None]:
    """Replaces an attribute of an object within the block."""
    # Not getattr, which finds the class's too: it would stay on the instance afterwards
    own = vars(instance).get(name)
    setattr(instance, name, value)
    try:
        yield
    finally:
        if own is None:  # it was the class's
            delattr(instance, name)
        else:
            setattr(instance, name, own)


@contextmanager
def change(layer: Any, changed: Callable[[Any], Any]) -> Iterator[None]:
    """Replaces each output of a layer within the block."""
    call = layer.call
    # Not __call__, which Python looks up on the class, past what an instance has
    with replace_attribute(layer, "call", lambda *args, **kwargs: changed(call(*args, **kwargs))):
        yield


@contextmanager
def listen(layer: Any, listener: Listener) -> Iterator[None]:
    """Calls the listener with each output of a layer within the block."""

    def pass_on(output: Any) -> Any:
        listener(output)
        return output

    with change(layer, pass_on):
        yield
