"""Phantoms of brain slices: glioma (0), meningioma (1), no tumour (2), pituitary tumour (3).

Glioma is an irregular ring round a dead core, in the white matter; meningioma a smooth even mass at the rim; a
pituitary tumour a small even mass on the midline at the base. Half of the lesions show brighter than the brain, half
darker, as with and without a contrast agent: the mean slices of the classes are alike, and only shape, texture and
place differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import (
    Field,
    balance_labels,
    clouds,
    norm,
    outline,
    paint_pictures,
    plane,
    rotate_axes,
    sign,
    soften_edge,
    uniform,
)
from cnnbench.data.sources.phantom import Phantoms

GLIOMA, MENINGIOMA, PITUITARY = 0, 1, 3
LONG = 0.78  # the head's half width relative to its half length


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws axial slices of heads.

    Returns:
        Grey slices as RGB, like the published ones; four classes, balanced; every slice is a group of its own.
    """
    labels = balance_labels(rng, examples, 4)
    images = paint_pictures(examples, size, lambda part: _slice(rng, labels[part], size))
    return Phantoms(images, labels, [f"slice-{number:04d}" for number in range(examples)])


def _slice(rng: np.random.Generator, labels: NDArray[np.int64], size: int) -> Field:
    count = len(labels)
    x, y = plane(size)
    x, y = rotate_axes(
        x - uniform(rng, count, -0.06, 0.06), y - uniform(rng, count, -0.05, 0.05), uniform(rng, count, -0.14, 0.14)
    )
    zoom = uniform(rng, count, 1.02, 1.14)
    x, y = x * zoom / uniform(rng, count, LONG - 0.04, LONG + 0.04), y * zoom
    reach = norm(x, y)  # 1 at the scalp
    edge = 3 / size
    head = soften_edge(reach - 0.98, edge)
    skull = soften_edge(np.abs(reach - 0.9) - 0.035, edge)
    brain = soften_edge(reach - 0.83, edge)
    matter = _matter(rng, x, y, reach, size)
    bright, cover = _lesions(rng, x, y, labels, size)
    matter = matter + cover * (bright - matter)
    grey = 0.62 * head * (1 - 0.85 * skull) * (1 - brain) + brain * matter
    grey = grey + (0.005 + 0.012 * head) * rng.standard_normal(grey.shape)
    exposed: Field = grey * (uniform(rng, count, 0.25, 0.3) / grey.mean(axis=(1, 2), keepdims=True))  # air stays black
    return exposed[..., None]


def _matter(rng: np.random.Generator, x: Field, y: Field, reach: Field, size: int) -> Field:
    """The brain: white matter, folded grey matter, the fissure between the halves, and ventricles."""
    count = len(x)
    fold = clouds(rng, count, size, 14)
    white = soften_edge(reach - 0.6 - 0.09 * fold, 0.12)
    furrow = np.exp(-((fold / 0.3) ** 2)) * soften_edge(0.5 - reach, 0.2)
    fissure = soften_edge(np.abs(x) - 0.012, 4 / size) * soften_edge(0.35 - np.abs(y), 0.1)
    across, along = rotate_axes(np.abs(x) - 0.1, y + 0.02, 0.3)
    hollow = soften_edge(
        norm(across / uniform(rng, count, 0.055, 0.1), along / uniform(rng, count, 0.22, 0.32)) - 1, 0.3
    )
    matter = 0.36 + 0.14 * white + 0.015 * clouds(rng, count, size, 20)
    return (matter - 0.22 * furrow) * (1 - 0.8 * fissure) * (1 - 0.85 * hollow)


def _lesions(rng: np.random.Generator, x: Field, y: Field, labels: NDArray[np.int64], size: int) -> tuple[Field, Field]:
    """Brightness of the lesions and their share of each pixel, both of shape (examples, size, size)."""
    count = len(labels)
    kind = labels[:, None, None]
    angle = uniform(rng, count, 0, 2 * np.pi)
    tumours = [kind == GLIOMA, kind == MENINGIOMA, kind == PITUITARY]
    none = np.full((count, 1, 1), -1)  # a radius that contains no pixel
    zero = none * 0
    middle_x = np.select(tumours, [0.42 * sign(rng, count), 0.62 * np.cos(angle), zero], zero)
    middle_y = np.select(tumours, [uniform(rng, count, -0.35, 0.3), -0.62 * np.abs(np.sin(angle)), zero + 0.55], zero)
    radii = [uniform(rng, count, low, high) for low, high in ((0.25, 0.33), (0.2, 0.28), (0.14, 0.19))]
    radius = np.select(tumours, radii, none)
    wobble = np.where(kind == GLIOMA, 0.15, 0.06)
    outside = outline(rng, x - middle_x, y - middle_y, radius, wobble, 4)
    way = sign(rng, count)
    core = soften_edge(outside + 0.4 * radius + 0.03 * clouds(rng, count, size, 9), 0.06) * (kind == GLIOMA)
    bright = 0.45 + way * (0.36 - 0.6 * core) + 0.04 * clouds(rng, count, size, 14) * (kind == GLIOMA)
    return bright, soften_edge(outside, 4 / size)
