"""Brushes of the phantoms: coordinates, soft edges, wobbly outlines, smooth noise and the rounding to pixels.

Lengths are in half widths of the picture: x runs from -1 (left) to 1 (right), y from -1 (top) to 1 (bottom).
Every array's first axis is the example, so that one call paints many pictures.

The same seed gives the same pixels on every machine, although sines, exponentials and matrix products differ in their
last bits from one processor to the next. So everything is float64, whose last bits are too small to decide a pixel: the
chance that one of a hundred million lies so near a rounding edge is about one in ten thousand. What can be exact is:
there is no matrix product, sums have one order, and a distance is a square root, which IEEE 754 rounds in one way,
unlike `hypot`. `benchmarks/processors.py` compares processors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Field: TypeAlias = NDArray[Any]  # of float64: numpy's stubs lose the precision at the first product with a number

TINY = 1e-12  # far less than a pixel
CHUNK = 1 << 18  # pixels painted at a time: keeps the working set at some tens of MB


def plane(size: int) -> tuple[Field, Field]:
    """The coordinates of the pixels' centres: x and y, each of shape (1, size, size)."""
    steps = (np.arange(size) + 0.5) / size * 2 - 1
    return np.tile(steps, (size, 1))[None], np.tile(steps[:, None], (1, size))[None]


def uniform(rng: np.random.Generator, count: int, low: float, high: float) -> Field:
    """One number per example between `low` and `high`, shape (count, 1, 1)."""
    return np.asarray(low + (high - low) * rng.random((count, 1, 1)))


def sign(rng: np.random.Generator, count: int) -> Field:
    """-1 or 1 per example, shape (count, 1, 1)."""
    return np.where(rng.random((count, 1, 1)) < 0.5, -1.0, 1.0)


def rotate_axes(x: Field, y: Field, angle: ArrayLike) -> tuple[Field, Field]:
    """The coordinates in axes turned by `angle` radians."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return x * cosine + y * sine, y * cosine - x * sine


def norm(x: Field, y: Field) -> Field:
    """Distance from the origin."""
    return np.asarray(np.sqrt(x * x + y * y))


def soften_edge(distance: Field, edge: float | Field) -> Field:
    """1 where `distance` is negative (inside), 0 where positive, and a ramp of width `edge` between."""
    return np.asarray(np.clip(0.5 - distance / edge, 0, 1))


def outline(rng: np.random.Generator, x: Field, y: Field, radius: Field, wobble: Field, waves: int) -> Field:
    """Distance of each pixel from a closed outline round the origin (negative: inside).

    Args:
        rng: Draws one phase and one weight per wave and example.
        x: Coordinates relative to the centre of the outline, shape (examples, size, size).
        y: The same, downwards.
        radius: Mean radius, shape (examples, 1, 1).
        wobble: Relative departure from a circle (0: a circle), shape (examples, 1, 1).
        waves: Number of waves, with 2, 3, ... periods round the outline, that share the wobble.
    """
    reach = norm(x, y)
    # the middle has no direction: 0 / 0
    cosine, sine = x / np.maximum(reach, TINY), y / np.maximum(reach, TINY)
    bump: Field = np.zeros_like(reach)
    wave, shifted = cosine, sine
    for _ in range(waves):
        # cosine and sine of one period more; from 2 on: one period round the outline would only move it
        wave, shifted = wave * cosine - shifted * sine, shifted * cosine + wave * sine
        # the waves are independent, so their variances add
        weight = uniform(rng, len(radius), 0.4, 1.0) / np.sqrt(waves)
        phase = uniform(rng, len(radius), 0, 2 * np.pi)
        bump = bump + wave * (weight * np.cos(phase)) - shifted * (weight * np.sin(phase))
    outside: Field = reach - radius * (1 + wobble * bump)
    return outside


def clouds(rng: np.random.Generator, count: int, size: int, cells: float) -> Field:
    """Smooth noise of mean 0 and variance 1 at every pixel: cubic B-splines on a grid of random heights.

    Args:
        rng: Draws the heights.
        count: Number of fields.
        size: Side in pixels.
        cells: Grid cells along a side: the larger, the finer the noise.

    Returns:
        Shape (count, size, size).
    """
    # a cubic B-spline reaches two cells to either side
    knots = int(np.ceil(cells)) + 3
    heights = rng.standard_normal((count, knots, knots))
    at = (np.arange(size) + 0.5) / size * cells
    first = at.astype(np.int64)
    t = at - first
    weights = np.stack([(1 - t) ** 3, 4 - 6 * t**2 + 3 * t**3, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3])
    # else the variance would be smaller between the knots than at them
    weights /= np.sqrt((weights**2).sum(axis=0))
    # the four knots about each pixel, in a fixed order: a matrix product has another on another processor
    across = sum(weights[knot] * heights[:, :, first + knot] for knot in range(4))
    return np.asarray(sum(weights[knot][:, None] * across[:, first + knot] for knot in range(4)))


def level_means(images: Field, target: Field) -> Field:
    """Shifts each picture and channel so that its mean is `target`, as a camera's exposure and white balance do.

    The mean colour, all that a linear model can see of a texture, then tells nothing of the class.
    """
    shifted: Field = images + (target - images.mean(axis=(1, 2), keepdims=True))
    return shifted


def balance_labels(rng: np.random.Generator, examples: int, classes: int) -> NDArray[np.int64]:
    """Labels in random order; no class has more than one example more than another."""
    return rng.permutation(np.arange(examples, dtype=np.int64) % classes)


def paint_pictures(examples: int, size: int, paint: Callable[[slice], Field]) -> NDArray[np.uint8]:
    """Calls `paint` for one chunk of examples after another and rounds what it returns to pixels.

    Args:
        examples: Number of pictures.
        size: Side in pixels.
        paint: Given a slice of the examples, returns their colours, 0 to 1, shape (chunk, size, size, 1 or 3).

    Returns:
        uint8 pixels, shape (examples, size, size, 3); grey is repeated to three equal channels.
    """
    images = np.empty((examples, size, size, 3), np.uint8)
    # the generator is drawn from chunk by chunk, so another CHUNK gives other pictures
    chunk = max(1, CHUNK // size**2)
    for start in range(0, examples, chunk):
        part = slice(start, min(start + chunk, examples))
        images[part] = np.rint(np.clip(paint(part), 0, 1) * 255)
    return images


def shrink(images: Field, factor: int) -> Field:
    """Means over squares of `factor` x `factor` pixels: for pictures painted finer than they are stored."""
    count, size = len(images), images.shape[1] // factor
    return np.asarray(images.reshape(count, size, factor, size, factor, -1).mean(axis=(2, 4)))
