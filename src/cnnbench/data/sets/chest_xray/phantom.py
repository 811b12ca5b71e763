"""Phantoms of chest films: normal (0) or pneumonia (1).

A patient is an anatomy (chest, lungs, ribs, heart, diaphragm); a film of it has its own pose and exposure. Pneumonia is
patchy, mottled opacity in a lung. The mean brightness of the lungs is the same for both classes: only texture differs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import (
    Field,
    balance_labels,
    clouds,
    level_means,
    norm,
    paint_pictures,
    plane,
    rotate_axes,
    soften_edge,
    uniform,
)
from cnnbench.data.sources.phantom import Phantoms

FILMS = 2  # per patient


class Anatomy(NamedTuple):
    """Anatomy of a patient, the same on all films; shapes (examples, 1, 1), lengths in half widths of the film."""

    lung_width: Field
    lung_height: Field
    diaphragm: Field
    heart: Field
    ribs: Field  # radians per half width
    rib_phase: Field
    rib_slope: Field


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws chest films.

    Returns:
        Grey films as RGB, like the published ones; classes 0 normal and 1 pneumonia, balanced; groups of two
        films of one patient, in one class.
    """
    patients = np.arange(examples, dtype=np.int64) // FILMS
    # rounded up: the last patient of an odd number has one film
    count = -(-examples // FILMS)
    # drawn per patient: films of one patient are in one class
    labels = balance_labels(rng, count, 2)[patients]
    ranges = ((0.33, 0.4), (0.62, 0.74), (0.42, 0.56), (0.26, 0.36), (13.0, 17.0), (0.0, 2 * np.pi), (0.25, 0.5))
    anatomies = Anatomy(*(uniform(rng, count, low, high) for low, high in ranges))
    images = paint_pictures(
        examples,
        size,
        lambda part: _film(rng, Anatomy(*(trait[patients[part]] for trait in anatomies)), labels[part], size),
    )
    return Phantoms(images, labels, [f"patient-{number:04d}" for number in patients])


def _film(rng: np.random.Generator, anatomy: Anatomy, labels: NDArray[np.int64], size: int) -> Field:
    count = len(labels)
    x, y = plane(size)
    zoom = uniform(rng, count, 0.94, 1.08)
    x, y = rotate_axes(
        x - uniform(rng, count, -0.06, 0.06), y - uniform(rng, count, -0.06, 0.06), uniform(rng, count, -0.06, 0.06)
    )
    x, y = x * zoom, y * zoom
    lungs, heart = _lungs(anatomy, x, y)
    grey = 0.62 * soften_edge(np.abs(x) - 0.93 - 0.1 * y + 0.5 * np.clip(-0.6 - y, 0, None), 0.12) + 0.04
    grey = grey + 0.16 * np.exp(-((x / 0.13) ** 2)) + 0.12 * soften_edge(anatomy.diaphragm - y, 0.3)
    ribs = np.cos(anatomy.ribs * (y + anatomy.rib_slope * x**2 * 1.4) + anatomy.rib_phase).clip(0.1, None) - 0.1
    bones = 0.15 * ribs * soften_edge(np.abs(x) - 0.84, 0.1) * soften_edge(y - 0.7, 0.2)
    collar = np.abs(y + 0.72 - 0.22 * np.abs(x) + 0.1 * np.cos(5 * x)) - 0.045
    bones = bones + 0.1 * soften_edge(collar, 0.05) * soften_edge(np.abs(x) - 0.75, 0.1)
    grey = grey + bones - 0.36 * lungs + 0.13 * heart + lungs * _tissue(rng, x, y, lungs, labels, size)
    grey = grey + 0.012 * rng.standard_normal(grey.shape)
    return level_means(grey[..., None], uniform(rng, count, 0.4, 0.5)[..., None])


def _lungs(anatomy: Anatomy, x: Field, y: Field) -> tuple[Field, Field]:
    """Shares of lung and of heart in each pixel, 0 to 1."""
    side = np.abs(x) - 0.45
    low = (y + 0.12) / anatomy.lung_height
    wide = side / (anatomy.lung_width * (1 + 0.18 * low))
    lungs = soften_edge((np.abs(wide) ** 2.4 + np.abs(low) ** 2.4) ** (1 / 2.4) - 1, 0.12)
    lungs = lungs * soften_edge(y - anatomy.diaphragm - 0.06 * np.sign(x) - 0.9 * side**2, 0.05)
    across, along = rotate_axes(x - 0.12, y - 0.24, 0.7)
    heart = soften_edge(norm(across / (1.3 * anatomy.heart), along / anatomy.heart) - 1, 0.3)
    return lungs * (1 - 0.85 * heart), heart


def _tissue(rng: np.random.Generator, x: Field, y: Field, lungs: Field, labels: NDArray[np.int64], size: int) -> Field:
    """Structures inside the lungs: vessels that thin out from the root, and opacity in the ill."""
    count = len(labels)
    root = np.exp(-((np.abs(x) - 0.2) ** 2 + y**2) / 0.12)
    vessels = 0.05 * (0.4 + root) * np.abs(clouds(rng, count, size, 16)).clip(0, 2)
    ill = np.nonzero(labels == 1)[0]
    patches = np.clip(clouds(rng, len(ill), size, 6) + 0.1, 0, 1.2) / 1.2
    mottle = 1 + 0.4 * clouds(rng, len(ill), size, 16)
    opacity = np.zeros_like(vessels)
    opacity[ill] = 0.34 * patches * mottle
    # equal mean brightness of ill and healthy lungs, as by exposure: only texture differs
    inside = vessels + opacity
    mean = (inside * lungs).sum(axis=(1, 2), keepdims=True) / lungs.sum(axis=(1, 2), keepdims=True)
    return np.asarray(inside - mean + 0.08)
