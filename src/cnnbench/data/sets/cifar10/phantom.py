"""Phantoms of CIFAR-10: one of ten coloured shapes on coloured clutter.

Only the shape differs between classes: colour, brightness against the ground, size, place and angle have the same
distributions for all ten.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import (
    Field,
    balance_labels,
    clouds,
    norm,
    paint_pictures,
    plane,
    rotate_axes,
    shrink,
    sign,
    soften_edge,
    uniform,
)
from cnnbench.data.sources.phantom import Phantoms


def _triangle(x: Field, y: Field) -> Field:
    return np.maximum(y - 0.5, 0.866 * np.abs(x) - 0.5 * y - 0.5)


def _star(x: Field, y: Field) -> Field:
    step = 2 * np.pi / 5
    angle = np.abs(np.mod(np.arctan2(x, -y) + step / 2, step) - step / 2)  # 0 at a tip
    reach = norm(x, y)
    return np.asarray(0.385 * reach * np.cos(angle) + 0.825 * reach * np.sin(angle) - 0.44)


def _heart(x: Field, y: Field) -> Field:
    x, y = np.abs(x), -y
    lobes = norm(x - 0.42, y - 0.35) - 0.52
    point = np.maximum(0.8 * (x - 0.75 * y - 0.72), y - 0.35)
    return np.asarray(np.minimum(lobes, np.maximum(point, -y - 1)))


# Distance of a point from each shape (negative: inside); a shape fills about the unit circle, y points down.
OUTSIDE: dict[str, Callable[[Field, Field], Field]] = {
    "arrow": lambda x, y: np.minimum(
        np.maximum(np.abs(x) - 0.22, np.abs(y - 0.35) - 0.6),
        np.maximum(0.75 * (np.abs(x) - 0.62 * (y + 1)), y + 0.05),
    ),
    "bar": lambda x, y: np.maximum(np.abs(x) - 1.0, np.abs(y) - 0.28),
    "circle": lambda x, y: norm(x, y) - 0.85,
    "crescent": lambda x, y: np.maximum(norm(x, y) - 0.95, 0.72 - norm(x - 0.42, y)),
    "cross": lambda x, y: np.minimum(
        np.maximum(np.abs(x) - 0.27, np.abs(y) - 0.95), np.maximum(np.abs(y) - 0.27, np.abs(x) - 0.95)
    ),
    "heart": _heart,
    "ring": lambda x, y: np.abs(norm(x, y) - 0.68) - 0.22,
    "square": lambda x, y: np.maximum(np.abs(x), np.abs(y)) - 0.74,
    "star": _star,
    "triangle": _triangle,
}
SHAPES: tuple[str, ...] = tuple(OUTSIDE)


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws pictures of shapes.

    Returns:
        RGB pictures; ten classes in the order of `SHAPES`, balanced; every picture is a group of its own.
    """
    labels = balance_labels(rng, examples, len(SHAPES))
    images = paint_pictures(examples, size, lambda part: shrink(_picture(rng, labels[part], 2 * size), 2))
    return Phantoms(images, labels, [f"picture-{number:04d}" for number in range(examples)])


def _picture(rng: np.random.Generator, labels: NDArray[np.int64], size: int) -> Field:
    count, (x, y) = len(labels), plane(size)
    ground = rng.uniform(0.3, 0.7, (count, 1, 1, 3))
    tilt = np.stack([clouds(rng, count, size, 1.5) for _ in range(3)], axis=-1)
    picture = ground + 0.07 * tilt
    for _ in range(3):  # clutter: faint discs and bands of other colours
        u, v = rotate_axes(x, y, uniform(rng, count, 0, np.pi))
        u, v = u - uniform(rng, count, -1, 1), v - uniform(rng, count, -1, 1)
        spot = soften_edge(norm(u, v * uniform(rng, count, 0.1, 1.0)) - uniform(rng, count, 0.08, 0.3), 4 / size)
        picture = picture + spot[..., None] * rng.normal(0, 0.1, (count, 1, 1, 3))
    u, v = rotate_axes(
        x - uniform(rng, count, -0.2, 0.2), y - uniform(rng, count, -0.2, 0.2), uniform(rng, count, -0.3, 0.3)
    )
    zoom = uniform(rng, count, 0.5, 0.75)
    inside = np.zeros((count, size, size))
    for label, outside in enumerate(OUTSIDE.values()):
        members = labels == label
        inside[members] = soften_edge(outside(u[members] / zoom[members], v[members] / zoom[members]), 6 / size)
    ink = sign(rng, count)[..., None] * rng.uniform(0.15, 0.45, (count, 1, 1, 3))
    picture = picture + inside[..., None] * ink
    return np.asarray(picture + 0.02 * rng.standard_normal(picture.shape))
