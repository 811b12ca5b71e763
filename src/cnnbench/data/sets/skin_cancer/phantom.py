"""Phantoms of dermoscopy: a benign mole (0) or a malignant lesion (1).

The signs are those of the dermatologist's ABCD rule: a malignant lesion is asymmetric, its border notched, its colours
several (brown, black, blue-grey, red, white), its texture blotchy; a mole is round, even and of one brown. Size, place
and mean colour are drawn alike for both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import (
    Field,
    balance_labels,
    clouds,
    level_means,
    norm,
    outline,
    paint_pictures,
    plane,
    rotate_axes,
    soften_edge,
    uniform,
)
from cnnbench.data.sources.phantom import Phantoms

BROWN = np.array([0.43, 0.28, 0.2])
# black, blue-grey, red and white, colours of the ABCD rule that a mole lacks
PATCHES = np.array([[0.14, 0.1, 0.1], [0.38, 0.42, 0.52], [0.66, 0.26, 0.24], [0.8, 0.7, 0.66]])
HAIRS = 5  # at most


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws pictures of skin lesions.

    Returns:
        RGB pictures; classes 0 benign and 1 malignant, balanced; every lesion is a group of its own.
    """
    labels = balance_labels(rng, examples, 2)
    images = paint_pictures(examples, size, lambda part: _picture(rng, labels[part], size))
    return Phantoms(images, labels, [f"lesion-{number:04d}" for number in range(examples)])


def _picture(rng: np.random.Generator, labels: NDArray[np.int64], size: int) -> Field:
    count, (x, y) = len(labels), plane(size)
    bad = labels[:, None, None] == 1
    tone = np.array([0.83, 0.63, 0.54]) * uniform(rng, count, 0.88, 1.08)[..., None]
    grain = 0.025 * clouds(rng, count, size, 5) + 0.015 * clouds(rng, count, size, size / 2.5)
    skin = tone + grain[..., None]
    u, v = rotate_axes(
        x - uniform(rng, count, -0.18, 0.18), y - uniform(rng, count, -0.18, 0.18), uniform(rng, count, 0, 2 * np.pi)
    )
    stretch = uniform(rng, count, 1.0, 1.2)
    radius = uniform(rng, count, 0.42, 0.62)
    outside = outline(rng, u * stretch, v / stretch, radius, np.where(bad, 0.24, 0.05), 7)
    outside = outside + np.where(bad, 0.05, 0.0) * clouds(rng, count, size, 14)
    inside = soften_edge(outside, np.where(bad, 0.05, 0.16))[..., None]
    picture = skin + inside * (_pigment(rng, count, size, u, v, bad, inside) - skin)
    picture = picture * (1 - 0.75 * _hairs(rng, count, x, y, size))[..., None]
    return level_means(picture, tone - 0.13)


def _pigment(rng: np.random.Generator, count: int, size: int, u: Field, v: Field, bad: Field, inside: Field) -> Field:
    """Colours of the lesion, shifted to the same mean brown for both classes."""
    net = np.exp(-((clouds(rng, count, size, 30) / 0.5) ** 2)) - 0.4 - 0.6 * norm(u, v)
    colour = BROWN - 0.1 * np.where(bad, 0, net)[..., None]
    blotch = clouds(rng, count, size, 16)
    for patch in PATCHES:
        share = np.clip(2.2 * (clouds(rng, count, size, 4) - 0.5) + 0.5 * blotch, 0, 1) * bad
        colour = colour + share[..., None] * (patch - colour)
    mean = (colour * inside).sum(axis=(1, 2), keepdims=True) / inside.sum(axis=(1, 2), keepdims=True)
    return np.asarray(colour + BROWN - mean)


def _hairs(rng: np.random.Generator, count: int, x: Field, y: Field, size: int) -> Field:
    """Dark curved hairs across the picture, 0 to 1."""
    cover = np.zeros((count, size, size))
    for _ in range(HAIRS):
        along, across = rotate_axes(x, y, uniform(rng, count, 0, np.pi))
        bow = uniform(rng, count, -0.9, 0.9) + uniform(rng, count, -0.4, 0.4) * along**2
        there = rng.random((count, 1, 1)) < 0.5
        cover = np.maximum(cover, there * soften_edge(np.abs(across - bow) - 0.008, 2.5 / size))
    return cover
