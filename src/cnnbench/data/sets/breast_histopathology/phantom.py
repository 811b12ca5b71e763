"""Phantoms of the breast histopathology patches: benign breast (0) or invasive ductal carcinoma (1).

Benign breast keeps its order: small even nuclei stand in rings round the hollows of ducts, in a fibrous ground.
Carcinoma has lost it: large unequal nuclei in sheets, no hollow. Both have the thin nuclei of the ground's own cells.
"""

from __future__ import annotations

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
    soften_edge,
    uniform,
)
from cnnbench.data.sets._drawing.tissue import Nucleus, fibres, lattice, nuclei, slide_tints, stain
from cnnbench.data.sources.phantom import Phantoms

PATCHES = 8  # per patient
APART = 1.35  # distance of one duct's middle to the next, in half widths
CELLS = 32  # in the wall of a duct, in two layers
DUCT = Nucleus(radius=0.09, spread=0.15, stretch=0.2, wobble=0.0, pallor=0.2, nucleolus=0.0)
CARCINOMA = Nucleus(radius=0.17, spread=0.35, stretch=0.35, wobble=0.1, pallor=0.35, nucleolus=0.25)
SPINDLE = Nucleus(radius=0.06, spread=0.2, stretch=1.2, wobble=0.0, pallor=0.0, nucleolus=0.0)


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws patches of breast tissue.

    Returns:
        RGB patches; classes 0 benign and 1 invasive ductal carcinoma, balanced; groups of eight patches of one
        patient, with the same stain and both classes, as in the published set.
    """
    labels = balance_labels(rng, examples, 2)
    patients = np.arange(examples, dtype=np.int64) // PATCHES
    tints = slide_tints(rng, patients)
    images = paint_pictures(examples, size, lambda part: _patch(rng, labels[part], tints[part], size))
    return Phantoms(images, labels, [f"patient-{number:04d}" for number in patients])


def _patch(rng: np.random.Generator, labels: NDArray[np.int64], tint: Field, size: int) -> Field:
    count, (x, y) = len(labels), plane(size)
    ill = labels == 1
    blue, white = np.zeros((2, count, size, size))
    blue[~ill], white[~ill] = _ducts(rng, x, y, int((~ill).sum()), size)
    blue[ill] = _scattered(rng, int(ill.sum()), 0.4, 0.85, size, CARCINOMA)
    gaps = np.clip(clouds(rng, count, size, 3) - uniform(rng, count, 1.6, 2.6), 0, 0.3) / 0.3
    white = np.maximum(white, gaps * (blue < 0.3))
    blue = np.maximum(blue, 0.8 * _scattered(rng, count, 0.5, 0.4, size, SPINDLE) * (white < 0.1))
    blue = 1.1 * blue * (1 + 0.13 * clouds(rng, count, size, size / 3)) + 0.1
    return stain(blue, 0.35 + 0.45 * fibres(rng, x, y, count, size), white, tint)


def _ducts(rng: np.random.Generator, x: Field, y: Field, count: int, size: int) -> tuple[Field, Field]:
    """Ducts cut across, side by side at a fixed distance: the nuclei of their walls, and their hollows."""
    turn, radius = uniform(rng, count, 0, 2 * np.pi), uniform(rng, count, 0.34, 0.46)
    stretch = uniform(rng, count, 1.0, 1.3)
    # random shifts: ducts in a fixed place would show in the mean picture
    shift = uniform(rng, count, 0, APART), uniform(rng, count, 0, APART)
    angle = (np.arange(CELLS) + rng.uniform(-0.25, 0.25, (count, CELLS))) * (2 * np.pi / CELLS)
    reach = radius[..., 0] * rng.uniform(0.93, 1.02, (count, CELLS)) * np.where(np.arange(CELLS) % 2, 1.25, 0.95)
    ring = reach * np.cos(angle) * stretch[..., 0], reach * np.sin(angle) / stretch[..., 0]
    copies = np.mgrid[-2:3, -2:3].reshape(2, 1, -1, 1) * APART
    across, along = (ring[i][:, None, :] + copies[i] + shift[i] for i in (0, 1))
    places = np.stack(rotate_axes(across, along, -turn), axis=-1).reshape(count, -1, 2)
    u, v = rotate_axes(x, y, turn)
    u, v = (np.mod(w - s + APART / 2, APART) - APART / 2 for w, s in zip((u, v), shift, strict=True))
    hollow = norm(u / stretch, v * stretch) - 0.6 * radius + 0.02 * clouds(rng, count, size, 6)
    return nuclei(rng, places, np.ones(places.shape[:2], bool), size, DUCT), soften_edge(hollow, 0.08)


def _scattered(rng: np.random.Generator, count: int, pitch: float, share: float, size: int, kind: Nucleus) -> Field:
    places = lattice(rng, count, pitch, 0.3)
    return nuclei(rng, places, rng.random(places.shape[:2]) < share, size, kind)
