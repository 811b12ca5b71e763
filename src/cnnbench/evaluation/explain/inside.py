"""The layers of a network, also of networks within it, and what they put out while it runs.

Layers are listened to rather than cut out into a network of their own: that is the same for a functional, a sequential
and a nested network, whose inner layers the outer graph does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cnnbench.core.errors import UserError

Listener = Callable[[Any], None]


def leaves(model: Any) -> list[Any]:
    """The layers that are no networks themselves, in their order."""
    found: list[Any] = []
    for layer in model.layers:
        found += leaves(layer) if hasattr(layer, "layers") else [layer]
    return found


def convolutions(model: Any) -> list[Any]:
    """The convolutions over images, in their order.

    Raises:
        UserError: There is none.
    """
    from keras.layers import Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D

    kinds = (Conv2D, Conv2DTranspose, DepthwiseConv2D, SeparableConv2D)
    found = [layer for layer in leaves(model) if isinstance(layer, kinds)]
    if not found:
        raise UserError(
            f"Expected a network with a convolution over images, received {model.name}, which has none: "
            "ask about a run whose network has one."
        )
    return found


def has_convolution(model: Any) -> bool:
    """Whether a network has a convolution over images, so that there is something to look into."""
    try:
        return bool(convolutions(model))
    except UserError:
        return False


@contextmanager
def replaced(thing: Any, name: str, value: Any) -> Iterator[None]:
    """Gives an object another attribute for as long as the block lasts."""
    own = vars(thing).get(name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        if own is None:  # it was that of the class
            delattr(thing, name)
        else:
            setattr(thing, name, own)


@contextmanager
def heard(layer: Any, listener: Listener) -> Iterator[None]:
    """Tells what a layer puts out, each time that it is called while the block lasts."""
    call = layer.call

    def telling(*args: Any, **kwargs: Any) -> Any:
        output = call(*args, **kwargs)
        listener(output)
        return output

    with replaced(layer, "call", telling):
        yield
