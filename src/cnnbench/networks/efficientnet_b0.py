"""EfficientNet-B0, as keras.applications has it."""

from __future__ import annotations

import keras

from cnnbench.networks import _application

BLOCKS = {
    "stem": "stem_activation",
    "block1": "block1a_project_bn",
    "block2": "block2b_add",
    "block3": "block3b_add",
    "block4": "block4c_add",
    "block5": "block5c_add",
    "block6": "block6d_add",
    "block7": "block7a_project_bn",
    "top": "pool",
}
"""The stages of table 1 of the paper."""

MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, within 0..1."""


def build(
    input_shape: tuple[int, ...],
    outputs: int,
    activation: str,
    *,
    l2: float = 0.0,
    pretrained: bool = False,  # noqa: ARG001 - the same scaling from scratch
) -> keras.Model:
    """Builds the network of Tan & Le, "EfficientNet: Rethinking Model Scaling for CNNs" (2019, arXiv:1905.11946).

    With dropout 0.2 before the last layer. With 2 outputs it has 4,052,126 parameters, 4,049,564 of them below the
    head: 7 less than in Keras, which counts mean, variance and number of the pixels. Images shorter than 96 pixels are
    scaled up to that.

    Raises:
        UserError: The input is not an image, or `l2` is not 0: there is no hidden dense layer to penalise.
    """
    model = _application.build(
        "efficientnet_b0", keras.applications.EfficientNetB0, _leave, input_shape, outputs, activation, l2=l2
    )
    return keras.models.clone_model(model, clone_function=_replace_scaling)


def _leave(x: keras.KerasTensor) -> keras.KerasTensor:
    return x


def _replace_scaling(layer: keras.Layer) -> keras.Layer:
    """Scales as Keras does where it loads the weights, without the variables of its Normalization.

    It divides by the deviation and, for these weights, once more by the root of the deviation.
    """
    if isinstance(layer, keras.layers.Normalization):
        return keras.layers.Rescaling(
            [deviation**-1.5 for deviation in DEVIATION],
            offset=[-mean * deviation**-1.5 for mean, deviation in zip(MEAN, DEVIATION, strict=True)],
            name="scale_as_trained",
        )
    if isinstance(layer, keras.layers.Rescaling) and layer.name != "scale":
        return keras.layers.Identity(name="within_0_to_1")  # it expects 0..255
    return layer.__class__.from_config(layer.get_config())
