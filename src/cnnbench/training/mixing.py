"""mixup and CutMix: training examples, mixed with others of their batch, and their labels with them.

By NumPy, for every backend. The random numbers follow from seed and step alone, so that a resumed training meets the
same ones; Keras' layers of these names draw from a state.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Recipe

_STREAM = 1  # of random numbers: the order of an epoch has one of its own


def mix(
    recipe: Recipe, inputs: NDArray[Any], labels: NDArray[np.float32], seed: int, step: int
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Mixes a batch; with both `mixup` and `cutmix`, a fair coin decides which.

    Args:
        recipe: With the parameter of either.
        inputs: Shape (n, ...), in the records' type, which is kept.
        labels: One-hot rows, shape (n, classes).
        seed: Of the run.
        step: The number of the batch, from the start of the training.

    Returns:
        Inputs and soft labels.
    """
    generator = np.random.default_rng([seed, step, _STREAM])
    others = generator.permutation(len(inputs))
    if recipe.mixup and (not recipe.cutmix or generator.random() < 0.5):
        share = generator.beta(recipe.mixup, recipe.mixup, len(inputs)).astype(np.float32)
        mask = share.reshape(-1, *[1] * (inputs.ndim - 1))
    else:
        area = generator.beta(recipe.cutmix, recipe.cutmix, len(inputs)).astype(np.float32)
        mask = 1 - _patches(area, inputs.shape[1], inputs.shape[2], generator)[..., None]
        share = mask.mean(axis=(1, 2, 3))
    mixed = mask * inputs + (1 - mask) * inputs[others].astype(np.float32)
    # whole grey levels, as the network takes them
    mixed = np.rint(mixed) if np.issubdtype(inputs.dtype, np.integer) else mixed
    return mixed.astype(inputs.dtype), share[:, None] * labels + (1 - share[:, None]) * labels[others]


def _patches(area: NDArray[np.float32], height: int, width: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Rectangles as 1 in a plane of 0, shape (n, height, width), with a share of the area where they lie within it."""
    half, centre = np.sqrt(area)[:, None] / 2, generator.random((2, len(area), 1), np.float32)
    rows, columns = (
        np.abs((np.arange(pixels, dtype=np.float32) + 0.5) / pixels - middle) < half
        for pixels, middle in zip((height, width), centre, strict=True)
    )
    return np.asarray(rows[:, :, None] & columns[:, None, :], np.float32)
