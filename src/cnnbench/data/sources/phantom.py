"""Phantoms: seeded synthetic images that stand in for a published data set on a machine that has none.

Medical physics calls a synthetic test object a phantom. The module `phantom` of a data set draws its images. A figure
measured on phantoms must not stand beside a published one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Data
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Contents, Entry


class Phantoms(NamedTuple):
    """A drawn data set.

    Attributes:
        images: uint8 pixels, shape (examples, size, size, channels).
        labels: int64 class indices, shape (examples,).
        groups: One name per example; the examples of one synthetic patient share it.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    groups: list[str]


@dataclass(frozen=True)
class Phantom:
    """The source of drawn images.

    Attributes:
        draw: Takes a random generator, whose state decides every byte, the number of examples and the side in pixels.
        classes: Names of the drawn classes, where those of the data set would be untrue.
    """

    draw: Callable[[np.random.Generator, int, int], Phantoms]
    classes: tuple[str, ...] | None = None

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Draws `data.examples` square images of side `data.size` from `data.source.seed`.

        Raises:
            UserError: The number or the size is null, or the size is no square.
        """
        if data.examples is None or data.size is None or data.size[0] != data.size[1]:
            size = list(data.size) if data.size else data.size
            raise UserError(
                "Expected examples and size as numbers for source: phantom in params.yaml, "
                f"received examples: {data.examples}, size: {size}."
            )
        drawn = self.draw(np.random.default_rng(data.source.seed), data.examples, data.size[0])
        yield Contents(
            origin="drawn by cnnbench",
            entries=[
                Entry(f"{index:06d}", label, group, "", partial(drawn.images.__getitem__, index))
                for index, (label, group) in enumerate(zip(drawn.labels.tolist(), drawn.groups, strict=True))
            ],
            total=data.examples,
            size=drawn.images.nbytes,
            classes=self.classes,
            synthetic=True,
        )
