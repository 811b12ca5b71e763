"""Corruptions of images, each at five strengths, seeded by the example: the same pixels wherever they are made.

After ImageNet-C (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019), whose parameters these are where nothing else is said, and MedMNIST-C (Di Salvo, Doerrich
and Ledig, 2024). What ImageNet-C gives in pixels of 224 is a share of the side here, so that a strength means the same
at every size. Shifts are not among theirs: a film that is placed a little elsewhere.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from cnnbench.config import KINDS

STRENGTHS = (1, 2, 3, 4, 5)
Pixels = NDArray[np.uint8]
Corruption = Callable[[Pixels, int, np.random.Generator], Pixels]

_IMAGENET = 224  # pixels, of the side that ImageNet-C's parameters are for
_NOISE = (0.08, 0.12, 0.18, 0.26, 0.38)  # standard deviation, of 1
_BLUR = (1, 2, 3, 4, 6)  # standard deviation in pixels of 224
_CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)  # share that is left of each pixel's distance from the image's mean
_BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)  # added to every channel, of 1; ImageNet-C adds it to the value of HSV
_JPEG = (25, 18, 15, 10, 7)  # quality
_PIXELATE = (0.6, 0.5, 0.4, 0.3, 0.25)  # share of the side
_SHIFT = (0.02, 0.04, 0.06, 0.08, 0.1)  # share of the side, in a direction that is drawn


def corrupt(pixels: Pixels, kind: str, strength: int, example: str) -> Pixels:
    """Corrupts an image.

    Args:
        pixels: uint8 (height, width, 1 or 3).
        kind: One of `config.KINDS`.
        strength: 1 to 5.
        example: Its id, which seeds what is drawn: the same for this image in every batch, run and order.

    Returns:
        The same shape.
    """
    seed = [zlib.crc32(example.encode()), KINDS.index(kind), strength]
    return _CORRUPTIONS[kind](pixels, strength - 1, np.random.default_rng(seed))


def _gaussian_noise(pixels: Pixels, level: int, rng: np.random.Generator) -> Pixels:
    return _to_bytes(pixels / 255 + rng.normal(0, _NOISE[level], pixels.shape))


def _blur(pixels: Pixels, level: int, _: np.random.Generator) -> Pixels:
    radius = _BLUR[level] * max(pixels.shape[:2]) / _IMAGENET
    return _to_pixels(_to_image(pixels).filter(ImageFilter.GaussianBlur(radius)))


def _contrast(pixels: Pixels, level: int, _: np.random.Generator) -> Pixels:
    values = pixels / 255
    mean = values.mean(axis=(0, 1))
    return _to_bytes(mean + _CONTRAST[level] * (values - mean))


def _brightness(pixels: Pixels, level: int, _: np.random.Generator) -> Pixels:
    return _to_bytes(pixels / 255 + _BRIGHTNESS[level])


def _jpeg(pixels: Pixels, level: int, _: np.random.Generator) -> Pixels:
    file = io.BytesIO()
    _to_image(pixels).save(file, "JPEG", quality=_JPEG[level])
    return _to_pixels(Image.open(file))


def _pixelate(pixels: Pixels, level: int, _: np.random.Generator) -> Pixels:
    image = _to_image(pixels)
    small = image.resize([max(1, round(side * _PIXELATE[level])) for side in image.size], Image.Resampling.BOX)
    return _to_pixels(small.resize(image.size, Image.Resampling.NEAREST))


def _shift(pixels: Pixels, level: int, rng: np.random.Generator) -> Pixels:
    """Moves the image; what comes in at the edges is its last row or column, as augmentation fills by default."""
    angle = rng.uniform(0, 2 * np.pi)
    height, width = pixels.shape[:2]
    down, right = (
        round(_SHIFT[level] * side * turn) for side, turn in ((height, np.sin(angle)), (width, np.cos(angle)))
    )
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return np.asarray(pixels[rows[:, None], columns])


_CORRUPTIONS: dict[str, Corruption] = {
    "gaussian_noise": _gaussian_noise,
    "blur": _blur,
    "contrast": _contrast,
    "brightness": _brightness,
    "jpeg": _jpeg,
    "pixelate": _pixelate,
    "shift": _shift,
}


def _to_bytes(values: NDArray[np.float64]) -> Pixels:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _to_image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _to_pixels(image: Image.Image) -> Pixels:
    pixels = np.asarray(image, np.uint8)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels
