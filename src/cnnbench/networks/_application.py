"""The networks of `keras.applications`, in the house's form: stored pixels in, one small head, all layers in sight."""

from __future__ import annotations

from collections.abc import Callable

import keras

from cnnbench.networks._image import image_input, pooled_head, refuse_l2


def build(
    name: str,
    application: Callable[..., keras.Model],
    scale: Callable[[keras.KerasTensor], keras.KerasTensor],
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float,
) -> keras.Model:
    """Builds an unseeded network with the mean of each last map, dropout 0.2 and one dense layer.

    Args:
        name: Of the network.
        application: Of `keras.applications`.
        scale: From 0..1 to the inputs that its weights were trained on.
        input_shape: As in `networks.build`.
        outputs: As there.
        activation: As there.
        l2: As there, and 0.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    refuse_l2(name, l2)
    # its weights were trained at 224 pixels, and a map of one pixel has nothing left to see
    inputs, x = image_input(input_shape, minimum=96)
    # on a tensor, so that its layers become this model's own, and can be frozen and saved one by one
    x = application(include_top=False, weights=None, input_tensor=scale(x)).output
    return pooled_head(inputs, x, outputs, activation, name)
