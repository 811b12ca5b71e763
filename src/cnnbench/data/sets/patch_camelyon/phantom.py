"""Phantoms of PatchCamelyon: lymph node under the microscope, normal (0) or with tumour (1).

Normal node is a sea of small, round, dark lymphocytes. Tumour is a nest of large, pale, unequal nuclei with nucleoli
in pink cytoplasm, lymphocytes left at its edge. A patch's mean colour is its slide's, whatever its class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import Field, balance_labels, clouds, paint_pictures, plane, uniform
from cnnbench.data.sets._drawing.tissue import Nucleus, fibres, lattice, nuclei, slide_tints, stain
from cnnbench.data.sources.phantom import Phantoms

PATCHES = 6  # per slide
LYMPHOCYTE = Nucleus(radius=0.075, spread=0.15, stretch=0.1, wobble=0.0, pallor=0.15, nucleolus=0.0)
TUMOUR = Nucleus(radius=0.2, spread=0.3, stretch=0.3, wobble=0.1, pallor=0.3, nucleolus=0.26)


def draw(rng: np.random.Generator, examples: int, size: int) -> Phantoms:
    """Draws patches of lymph node.

    Returns:
        RGB patches; classes 0 normal and 1 tumour, balanced; groups of six patches of one slide, with the
        same stain and both classes, as in Camelyon's slides with metastases.
    """
    labels = balance_labels(rng, examples, 2)
    slides = np.arange(examples, dtype=np.int64) // PATCHES
    tints = slide_tints(rng, slides)
    images = paint_pictures(examples, size, lambda part: _patch(rng, labels[part], tints[part], size))
    return Phantoms(images, labels, [f"slide-{number:04d}" for number in slides])


def _patch(rng: np.random.Generator, labels: NDArray[np.int64], tint: Field, size: int) -> Field:
    count, (x, y) = len(labels), plane(size)
    tumour = labels[:, None, None] == 1
    middle = 2 * np.exp(-(x**2 + y**2) / 0.5)  # as in Camelyon, tumour in the middle of a patch decides its class
    nest = tumour & (clouds(rng, count, size, 2) + middle > -0.4)
    blue = np.maximum(0.9 * _cells(rng, ~nest, 0.17, size, LYMPHOCYTE), 1.7 * _cells(rng, nest, 0.52, size, TUMOUR))
    blue = blue * (1 + 0.13 * clouds(rng, count, size, size / 3)) + 0.12
    pink = 0.35 + 0.05 * nest + 0.25 * fibres(rng, x, y, count, size)
    gaps = np.clip(clouds(rng, count, size, 5) - uniform(rng, count, 1.9, 2.6), 0, 0.4) / 0.4
    return stain(blue, pink, gaps * (blue < 0.5), tint)


def _cells(rng: np.random.Generator, where: NDArray[np.bool_], pitch: float, size: int, kind: Nucleus) -> Field:
    """Nuclei on a lattice, only where the mask `where` of shape (examples, size, size) holds."""
    places = lattice(rng, len(where), pitch, 0.22)
    column, row = np.moveaxis(((places + 1) * size / 2).astype(np.int64).clip(0, size - 1), -1, 0)
    present = where[np.arange(len(where))[:, None], row, column] & (rng.random(row.shape) < 0.94)
    return nuclei(rng, places, present, size, kind)
