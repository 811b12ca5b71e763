"""Networks, one file each, found by file name: `networks/<name>.py` has a function `build`.

Its arguments are those of `build` below; its docstring states the source, the layers and the number of parameters.
Image networks begin with `_image.image_input`, which refuses other inputs.

A network that can start from weights, or be frozen in part, has a constant `BLOCKS`, and its `build` takes
`pretrained`: see `blocks` and `build` below.

Pure Keras 3: nothing here imports TensorFlow, so KERAS_BACKEND=jax or torch serves as well.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnbench.core.errors import UserError, unknown

if TYPE_CHECKING:
    # only the types: the names of networks are wanted where seconds count
    import keras

Scale = tuple[list[float], list[float]]
"""Mean and standard deviation of each feature."""


def names() -> list[str]:
    """The names of all networks, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def find(name: str) -> str:
    """The module of a network, not imported.

    Raises:
        UserError: There is no such network.
    """
    if name not in names():
        raise unknown("an architecture", name, names())
    return f"{__name__}.{name}"


def build(
    name: str,
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    scale: Scale | None = None,
    pretrained: bool = False,
) -> keras.Model:
    """Builds a network, unseeded and uncompiled.

    Args:
        name: The file's name under `networks/`.
        input_shape: (height, width, channels) of uint8 images, or (features, 1) of float32 rows.
        outputs: Units of the last layer.
        activation: Of the last layer: "sigmoid", "softmax" or "linear".
        l2: L2 weight of the hidden dense layers' kernels.
        scale: To standardise rows by inside the model; None leaves them unscaled.
        pretrained: Whether weights will be put in that were trained on other data: the model then scales its inputs as
            these want them.

    Returns:
        A Keras model whose inputs are stored examples: it scales them itself. Its last layer computes in float32 even
        where the others have mixed precision, so that small probabilities do not become 0.

    Raises:
        UserError: There is no such network, or it cannot take such an input.
    """
    # imports Keras, so no sooner than a network is built
    module = importlib.import_module(find(name))
    if scale is not None and len(input_shape) == 3:
        raise UserError(f"Expected standardise: false for images, which {name} scales to 0..1 itself, received true.")
    # image networks have no such argument
    more: dict[str, Any] = {"scale": scale} if scale is not None else {}
    if pretrained:
        _blocks(module, name)
        more["pretrained"] = True
    model: keras.Model = module.build(input_shape, outputs, activation, l2=l2, **more)
    return model


def blocks(name: str) -> dict[str, str]:
    """The last layer of each block of a network, by the block's name, from the input on; the last is the head's input.

    Raises:
        UserError: There is no such network, or it has no blocks, and so takes no weights.
    """
    return _blocks(importlib.import_module(find(name)), name)


def _blocks(module: Any, name: str) -> dict[str, str]:
    if not hasattr(module, "BLOCKS"):
        raise UserError(
            f"Expected a network with blocks, whose weights can be frozen, received {name}: see docs/own.md."
        )
    found: dict[str, str] = module.BLOCKS
    return found


def set_weights(model: keras.Model, arrays: Mapping[str, Any]) -> None:
    """Puts stored weights into all layers but the head's.

    Args:
        model: Of `build` with `pretrained`.
        arrays: By layer and index, as "stem_conv/0", in the order and shapes of Keras.

    Raises:
        UserError: An array is missing, is of another shape, or belongs to no layer. The model is as before.
    """
    variables = body(model)
    expected = {key: tuple(variable.shape) for key, variable in variables.items()}
    received = {key: tuple(array.shape) for key, array in arrays.items()}
    for key in expected | received:
        if expected.get(key) != received.get(key):
            raise UserError(
                f"Expected weights of {model.name} with {key} of shape {expected.get(key, 'none')}, "
                f"received {received.get(key, 'none')}: start from weights of this network."
            )
    for key, variable in variables.items():
        variable.assign(arrays[key])


def body(model: keras.Model) -> dict[str, Any]:
    """The variables of the layers up to the end of the last block, by layer and index."""
    names = [layer.name for layer in model.layers]
    last = [*blocks(model.name).values()][-1]
    body = model.layers[: names.index(last) + 1]
    return {f"{layer.name}/{index}": variable for layer in body for index, variable in enumerate(layer.weights)}
