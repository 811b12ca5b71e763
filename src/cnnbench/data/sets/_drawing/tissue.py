"""Tissue under the microscope: cells scattered over a fibrous ground, stained with haematoxylin and eosin.

A tissue phantom has a place for each nucleus, a kind of nucleus, and two maps of stain: haematoxylin (nuclei, blue)
and eosin (the rest, pink). Light passes through both: Beer and Lambert's law with the optical densities of Ruifrok and
Johnston, "Quantification of histochemical staining by color deconvolution", Anal. Quant. Cytol. Histol. 23 (2001).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.data.sets._drawing.brushes import Field, clouds, level_means, norm, rotate_axes, uniform

# of red, green and blue light, from the paper above
HAEMATOXYLIN = np.array([0.650, 0.704, 0.286])
EOSIN = np.array([0.072, 0.990, 0.105])


class Nucleus(NamedTuple):
    """The nuclei of one kind of cell.

    Attributes:
        radius: Mean radius in half widths of the picture.
        spread: Relative range of the radii about the mean.
        stretch: Largest relative elongation.
        wobble: Relative irregularity of the outline.
        pallor: Loss of stain from the rim to the inside, 0 to 1 (open, vesicular chromatin).
        nucleolus: Radius of the dark spot inside, relative to the nucleus; 0: none.
    """

    radius: float
    spread: float
    stretch: float
    wobble: float
    pallor: float
    nucleolus: float


def lattice(rng: np.random.Generator, count: int, pitch: float, jitter: float) -> Field:
    """Places of crowded cells that do not coincide: a shaken, shifted and rotated hexagonal lattice.

    Args:
        rng: Draws shift, angle and shaking.
        count: Number of pictures.
        pitch: Distance of neighbours in half widths.
        jitter: Largest displacement of a cell relative to the pitch.

    Returns:
        x and y, shape (count, cells, 2); some are outside the picture.
    """
    # a rotated lattice must still cover the corners, sqrt(2) from the middle
    reach = int(np.ceil(1.5 / pitch)) + 1
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, 1, -1)
    # rows of a hexagonal lattice are sqrt(3) / 2 apart
    x, y = column + 0.5 * (row % 2), row * 0.87
    shake = rng.uniform(-jitter, jitter, (2, count, x.shape[1]))
    shift = rng.random((2, count, 1))
    places = rotate_axes(x + shake[0] + shift[0], y + shake[1] + shift[1], uniform(rng, count, 0, 2 * np.pi)[..., 0])
    return np.stack(places, axis=-1) * pitch


def nuclei(rng: np.random.Generator, places: Field, present: Field, size: int, kind: Nucleus) -> Field:
    """The haematoxylin of the nuclei, 0 to about 1.

    Each is stamped into a window round its place; where two overlap, the denser one shows.

    Args:
        rng: Draws size, shape and direction of each nucleus.
        places: x and y in half widths, shape (examples, cells, 2).
        present: Whether there is a cell at each place, shape (examples, cells).
        size: Side of the picture in pixels.
        kind: Sizes and shapes of the nuclei.
    """
    # room for nuclei that the edge of the picture cuts
    margin = int(np.ceil(kind.radius * (1 + kind.spread) * (1 + kind.stretch) * size / 2)) + 1
    wide = size + 2 * margin + 2
    canvas = np.zeros((len(places), wide, wide))
    inside = (np.abs(places) < 1 + 2 * margin / size).all(axis=-1) & present.astype(bool)
    example, cell = np.nonzero(inside)
    centre = (places[example, cell] + 1) * (size / 2) - 0.5  # in pixels
    corner = np.clip(np.rint(centre).astype(np.int64), -margin, size + margin)
    step = np.arange(-margin, margin + 1)
    x = step[None, None, :] + (corner - centre)[:, 0, None, None]
    y = step[None, :, None] + (corner - centre)[:, 1, None, None]
    cells = len(example)
    radius = uniform(rng, cells, 1 - kind.spread, 1 + kind.spread) * (kind.radius * size / 2)
    x, y = rotate_axes(x, y, uniform(rng, cells, 0, np.pi))
    longer = 1 + uniform(rng, cells, 0, kind.stretch)
    # longer one way, narrower the other: the area stays
    x, y = x / longer, y * longer
    reach = norm(x, y)
    if kind.wobble:
        # the middle of a nucleus has no direction: 0 / 0
        cosine, sine = x / (reach + 1e-3), y / (reach + 1e-3)
        squares = cosine * cosine, sine * sine
        three, four = cosine * (squares[0] - 3 * squares[1]), 4 * cosine * sine * (squares[0] - squares[1])
        ways = kind.wobble * uniform(rng, cells, -1, 1), kind.wobble * uniform(rng, cells, -1, 1)
        reach = reach * (1 + ways[0] * three + ways[1] * four)  # cos 3t and sin 4t
    disc = np.clip(radius + 0.5 - reach, 0, 1)
    stain = disc * (1 - kind.pallor * np.clip((radius - reach) / (0.45 * radius), 0, 1))
    if kind.nucleolus:
        off = radius * uniform(rng, cells, -0.3, 0.3)
        stain = np.maximum(stain, 1.15 * np.clip(kind.nucleolus * radius + 0.5 - norm(x - off, y - off / 2), 0, 1))
    stain = stain * uniform(rng, cells, 0.8, 1.1)
    rows = (corner[:, 1, None] + step + margin).clip(0, wide - 1)[:, :, None]
    columns = (corner[:, 0, None] + step + margin).clip(0, wide - 1)[:, None, :]
    flat = (example[:, None, None] * wide + rows) * wide + columns
    # an assignment would keep the last of several nuclei in a pixel, not the densest
    np.maximum.at(canvas.reshape(-1), flat.reshape(-1), stain.reshape(-1))
    return canvas[:, margin : margin + size, margin : margin + size]


def fibres(rng: np.random.Generator, x: Field, y: Field, count: int, size: int) -> Field:
    """The ground between cells: wavy bundles of fibres, 0 to 1."""
    along, across = rotate_axes(x, y, uniform(rng, count, 0, np.pi))
    bend = 0.25 * clouds(rng, count, size, 2.5)
    wave = np.sin((across + bend) * uniform(rng, count, 14, 22) + 2 * clouds(rng, count, size, 4) + along)
    ground: Field = 0.5 + 0.3 * wave + 0.12 * clouds(rng, count, size, size / 4)
    return ground


def stain(blue: Field, pink: Field, white: Field, tint: Field) -> Field:
    """The colours of tissue that holds these amounts of stain.

    Args:
        blue: Haematoxylin, shape (examples, size, size).
        pink: Eosin, the same.
        white: The share of each pixel without tissue, 0 to 1.
        tint: Mean colour of the slide, 0 to 1, shape (examples, 1, 1, 3); the same for every class.
    """
    bare = 1 - white
    pink = pink * (1 - 0.3 * np.clip(blue, 0, 1))  # nuclei take little eosin
    density = (blue * bare)[..., None] * HAEMATOXYLIN + (pink * bare)[..., None] * EOSIN
    sample = density[:, ::2, ::2]  # enough to find a mean
    depth = np.ones_like(tint)
    for _ in range(3):  # scaling the stain keeps glass clear, which a shift of the colours would not
        depth = depth * np.log(tint) / np.log(np.exp(-depth * sample).mean(axis=(1, 2), keepdims=True))
    return level_means(np.exp(-depth * density), tint)


def slide_tints(rng: np.random.Generator, slides: NDArray[np.int64]) -> Field:
    """Mean colour of the slide of each example, shape (examples, 1, 1, 3): laboratories stain to different depths."""
    depth = rng.normal(0, [0.03, 0.004, 0.004], (int(slides.max(initial=0)) + 1, 3))
    # all channels darken together, with small differences: free colours would give green tissue
    tints = np.array([0.7, 0.51, 0.76]) + depth[:, :1]
    tints[:, [0, 2]] += depth[:, 1:]
    return tints[slides, None, None, :]
