"""Grad-CAM, painted over its image."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnbench.evaluation.figures.samples import samples

_PAINT = 0.6  # share of the colour, the rest is the image
_GAP = 0.04  # between an image and its overlay, in heights


def overlay(image: NDArray[np.uint8], heat: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Paints a heat map over a grey version of an image: dark for no evidence, bright yellow for the most.

    The lightness of the colours ("inferno") rises evenly, so they are legible in grey and to the colour-blind.

    Args:
        image: uint8 pixels, shape (height, width, 1 or 3).
        heat: Within 0..1, shape (height, width).

    Returns:
        uint8, shape (height, width, 3).
    """
    grey = image.astype(np.float64) @ (np.array([0.299, 0.587, 0.114]) if image.shape[2] == 3 else np.ones(1))
    colours = mpl.colormaps["inferno"](np.clip(heat, 0, 1).astype(np.float64))[:, :, :3] * 255
    painted: NDArray[np.uint8] = np.round(_PAINT * colours + (1 - _PAINT) * grey[:, :, None]).astype(np.uint8)
    return painted


def grad_cam(
    images: NDArray[np.uint8], heats: NDArray[np.floating], captions: Sequence[str], wrong: Sequence[bool]
) -> Figure:
    """A grid of images, each above its overlay, with the arguments of `overlay` and `samples`."""
    pairs = [_stack(image, overlay(image, heat)) for image, heat in zip(images, heats, strict=True)]
    return samples(pairs, captions, wrong)


def _stack(image: NDArray[np.uint8], painted: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image above its overlay, with white between them."""
    height, width = painted.shape[:2]
    gap = np.full((max(1, round(_GAP * height)), width, 3), 255, np.uint8)
    return np.concatenate([np.broadcast_to(image, painted.shape), gap, painted])
