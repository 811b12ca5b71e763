"""Phantoms: seeded synthetic images that stand in for a published data set on a machine that has none.

Medical physics calls a synthetic test object a phantom. A module here draws one kind of image: its `draw` is the one
name that a source calls. Nothing measured on them may stand beside a published figure.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Phantoms(NamedTuple):
    """A drawn data set.

    Attributes:
        images: uint8 pixels, shape (examples, size, size, channels).
        labels: int64 class indices, shape (examples,).
        groups: One name per example; examples of one made-up patient share it.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    groups: list[str]
