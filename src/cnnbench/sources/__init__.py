"""Where data come from: a source fetches into a folder once, then yields examples from that folder.

A source is any object with the members of `Source`. Which sources a data set has stands in its file under `datasets/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnbench.params import Data


class Example(NamedTuple):
    """One example as its source holds it.

    Attributes:
        id: Unique in the data set and the same on every machine, such as a path inside the archive.
        data: An encoded image file as bytes, or decoded: uint8 pixels (height, width, channels) or float32 features.
        label: Class index, or the target of a regression.
        group: What must not be torn apart by a split: patient, lesion or slide. The id where nothing is shared.
    """

    id: str
    data: bytes | NDArray[np.uint8] | NDArray[np.float32]
    label: float
    group: str


class Source(Protocol):
    """Fetches a data set and yields its examples."""

    @property
    def synthetic(self) -> bool:
        """Whether the examples are made up; the report then says so everywhere."""

    @property
    def grouped(self) -> bool:
        """Whether `Example.group` says more than the id does."""

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names where they differ from the data set's own; None where they do not."""

    @property
    def origin(self) -> str:
        """In a few words, where the examples come from."""

    def fetch(self, raw: Path, data: Data) -> None:
        """Puts what the source offers into the folder `raw`, which is empty.

        Raises:
            UserError: It cannot be had; the message says what the user can do.
        """

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the examples that lie in `raw`, in an order that is the same on every machine."""
