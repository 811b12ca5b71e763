"""Where a network is cut into layers that keep their weights and layers that are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnbench import networks
from cnnbench.config import ALL
from cnnbench.core.errors import unknown

if TYPE_CHECKING:
    import keras


def find_layer(architecture: str, block: str) -> str:
    """The last layer of a block of a network; `all` is the last block, whose output the head takes.

    Raises:
        UserError: There is no such network or block, or the network has no blocks.
    """
    blocks = networks.blocks(architecture)
    if block == ALL:
        return [*blocks.values()][-1]
    if block not in blocks:
        raise unknown(f"a block of {architecture}", block, [ALL, *blocks])
    return blocks[block]


def between(network: keras.Model, lower: str | None, upper: str | None) -> keras.Model:
    """The layers after one of a network's layers up to the end of another, as a model that shares them.

    Args:
        network: Any.
        lower: The layer's name; None for the network's input.
        upper: The layer's name; None for the network's output.
    """
    import keras

    begin = network.get_layer(lower).output if lower else network.inputs[0]
    end = network.get_layer(upper).output if upper else network.outputs[0]
    return keras.Model(begin, end)
