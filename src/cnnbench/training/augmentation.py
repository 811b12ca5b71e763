"""Random changes of training images, as Keras layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnbench.config import Augmentation

if TYPE_CHECKING:
    import keras


def layers(augmentation: Augmentation, seed: int) -> list[keras.layers.Layer]:
    """The layers that an `augmentation:` of params.yaml asks for, in the order flip, rotation, zoom, shift, light.

    They act in training only. Each has a seed of its own, or all would draw the same numbers.
    """
    import keras

    fill: dict[str, Any] = {"fill_mode": augmentation.fill}
    found: list[keras.layers.Layer] = []
    if augmentation.flip != "none":
        found.append(keras.layers.RandomFlip(augmentation.flip, seed=seed, name="random_flip"))
    if augmentation.rotation:
        found.append(keras.layers.RandomRotation(augmentation.rotation, seed=seed + 1, name="random_rotation", **fill))
    if augmentation.zoom:
        found.append(keras.layers.RandomZoom(augmentation.zoom, seed=seed + 2, name="random_zoom", **fill))
    if augmentation.shift:
        shift = augmentation.shift
        found.append(keras.layers.RandomTranslation(shift, shift, seed=seed + 3, name="random_shift", **fill))
    if augmentation.brightness or augmentation.contrast:  # Keras' layers take bytes as they are outside of a graph
        found.append(keras.layers.Rescaling(1.0, name="as_float"))
    if augmentation.brightness:
        found.append(
            keras.layers.RandomBrightness(
                augmentation.brightness, value_range=(0, 255), seed=seed + 4, name="random_brightness"
            )
        )
    if augmentation.contrast:
        found.append(
            keras.layers.RandomContrast(
                augmentation.contrast, value_range=(0, 255), seed=seed + 5, name="random_contrast"
            )
        )
    return found
