"""Random changes of training images, as Keras layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnbench.config import Augmentation

if TYPE_CHECKING:
    import keras


def build_layers(augmentation: Augmentation, seed: int) -> list[keras.layers.Layer]:
    """Builds the layers of an `augmentation:` of params.yaml, in the order flip, rotation, zoom, shift, light.

    They act in training only.
    """
    import keras

    fill: dict[str, Any] = {"fill_mode": augmentation.fill}
    pixels: dict[str, Any] = {"value_range": (0, 255)}
    brightness, contrast = augmentation.brightness, augmentation.contrast
    layers: list[keras.layers.Layer] = []
    if augmentation.flip != "none":
        # a seed each, or all layers would draw the same numbers
        layers.append(keras.layers.RandomFlip(augmentation.flip, seed=seed, name="random_flip"))
    if augmentation.rotation:
        layers.append(keras.layers.RandomRotation(augmentation.rotation, seed=seed + 1, name="random_rotation", **fill))
    if augmentation.zoom:
        layers.append(keras.layers.RandomZoom(augmentation.zoom, seed=seed + 2, name="random_zoom", **fill))
    if augmentation.shift:
        shift = augmentation.shift
        layers.append(keras.layers.RandomTranslation(shift, shift, seed=seed + 3, name="random_shift", **fill))
    if brightness or contrast:  # outside a graph Keras' layers for light do not cast bytes, which would overflow
        layers.append(keras.layers.Rescaling(1.0, name="as_float"))
    if brightness:
        layers.append(keras.layers.RandomBrightness(brightness, seed=seed + 4, name="random_brightness", **pixels))
    if contrast:
        layers.append(keras.layers.RandomContrast(contrast, seed=seed + 5, name="random_contrast", **pixels))
    return layers
