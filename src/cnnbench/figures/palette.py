"""Fewer colours, fewer bytes: a figure of 256 colours takes a third of the space and looks the same."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image
from scipy.spatial import KDTree

_TINTS = 8  # of each colour that must stay: its smooth edges on white paper
_PHOTOGRAPH = 20_000  # colours; lines and letters have some thousands, for which k-means has nothing to gain


def reduced(image: Image.Image, keep: tuple[str, ...]) -> Image.Image:
    """The image in at most 256 colours, chosen by median cut, in photographs refined by k-means, without dithering.

    Args:
        image: Mode RGB.
        keep: Colours that stay although few pixels bear them, as those of a word in a grid of photographs do.

    Returns:
        Mode P.
    """
    pixels = np.asarray(image).astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    present, where = np.unique(pixels, return_inverse=True)
    tones = np.linspace(0, 1, _TINTS + 1)[:, None]  # the last is white
    kept = np.concatenate([np.array(to_rgb(colour)) * (1 - tones) + tones for colour in keep])
    refined = int(len(present) > _PHOTOGRAPH)
    chosen = image.quantize(256 - len(kept), Image.Quantize.MEDIANCUT, kmeans=refined).getpalette() or []
    colours = np.concatenate([np.rint(255 * kept), np.reshape(chosen, (-1, 3))]).astype(np.uint8)
    # Pillow looks colours up four by four, which turns white into grey; a tree finds the nearest of each.
    _, nearest = KDTree(colours).query(np.stack([present >> 16, present >> 8 & 255, present & 255], axis=1))
    out = Image.fromarray(np.asarray(nearest, dtype=np.uint8)[where].reshape(pixels.shape))
    out.putpalette(colours.tobytes())
    return out
