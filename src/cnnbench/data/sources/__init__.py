"""Where data come from: a source fetches into a folder once, then yields examples from that folder.

A source is any object with the members of `Source`. Which sources a data set has stands in its file under `datasets/`.

    arrays     drawn phantoms, and data that a Python package carries
    archives   zip files read in place, and refused where they are not safe
    packed     images that came as loose files or from a library, kept as one zip file and a table
    kaggle     a publisher's zip file, from Kaggle (kaggle_client) or from the user's own folder of archives (downloads)
    cifar      the binary archive of CIFAR-10
    tfds       tensorflow-datasets
    folder     a user's own images
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Data


class Example(NamedTuple):
    """One example as its source holds it.

    Attributes:
        id: Unique in the data set and the same on every machine, such as a path inside the archive.
        data: An encoded image file as bytes, or decoded: uint8 pixels (height, width, channels) or float32 features.
        label: Class index, or the target of a regression.
        group: What must not be torn apart by a split: patient, lesion or slide. The id where nothing is shared.
        part: Of the publisher's own split, train, val or test; empty where there is none.
    """

    id: str
    data: bytes | NDArray[np.uint8] | NDArray[np.float32]
    label: float
    group: str
    part: str = ""


class Fetched(NamedTuple):
    """What a source has put into a raw folder.

    Attributes:
        origin: In a few words, where it came from; the same on every machine, so no path of the user's.
        classes: Class names where they differ from the data set's own; None where they do not.
    """

    origin: str
    classes: tuple[str, ...] | None = None


class Source(Protocol):
    """Fetches a data set and yields its examples."""

    @property
    def synthetic(self) -> bool:
        """Whether the examples are made up; the report then says so everywhere."""

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:
        """Puts what the source offers into the folder `raw`, which is empty.

        Args:
            raw: The folder to fill.
            data: What params.yaml says of the data set.
            archives: The user's folder of archives downloaded by hand; None where there is none.

        Raises:
            UserError: It cannot be had; the message says what the user can do. Nothing half-written is left.
        """

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the examples that lie in `raw`, in an order that is the same on every machine."""
