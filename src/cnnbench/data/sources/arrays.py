"""Sources that hold a whole data set as arrays: drawn phantoms, and data that a Python package carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.data.sources import Example, Fetched
from cnnbench.data.sources.phantom import Phantoms

ARCHIVE = "examples.npz"


@dataclass(frozen=True)
class Phantom:
    """Images that a generator under `phantoms/` draws.

    Attributes:
        draw: The generator.
        classes: What the drawn classes are called, where the data set's own names would be untrue.
    """

    draw: Callable[[np.random.Generator, int, int], Phantoms]
    classes: tuple[str, ...] | None = None
    synthetic: bool = True

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:  # noqa: ARG002
        """Draws `data.examples` images of side `data.size` from `data.source.seed`.

        Raises:
            UserError: The number or the size is left open.
        """
        if data.examples is None or data.size is None:
            raise UserError(
                "Expected examples and size as numbers for source: phantom in params.yaml, "
                f"received examples: {data.examples}, size: {data.size}."
            )
        drawn = self.draw(np.random.default_rng(data.source.seed), data.examples, data.size)
        _write(raw, drawn.images, drawn.labels, np.array(drawn.groups))
        return Fetched("drawn by cnnbench", self.classes)

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the drawn images in the order drawn."""
        return _read(raw)


@dataclass(frozen=True)
class Packaged:
    """Data that an installed package carries.

    Attributes:
        load: Returns (inputs, labels); the inputs' first axis is the examples.
        origin: The package.
    """

    load: Callable[[], tuple[NDArray[Any], NDArray[Any]]]
    origin: str
    synthetic: bool = False

    def fetch(self, raw: Path, data: Data, archives: Path | None) -> Fetched:  # noqa: ARG002
        """Copies the data, or `data.examples` of them picked at random from `data.source.seed`, in their own order."""
        inputs, labels = self.load()
        picked = np.arange(len(labels))
        if data.examples is not None and data.examples < len(labels):
            picked = np.sort(np.random.default_rng(data.source.seed).permutation(len(labels))[: data.examples])
        _write(raw, inputs[picked], labels[picked], np.array([f"{index:06d}" for index in picked]))
        return Fetched(self.origin)

    def examples(self, raw: Path) -> Iterator[Example]:
        """Yields the rows in the package's order."""
        return _read(raw)


def _write(raw: Path, inputs: NDArray[Any], labels: NDArray[Any], groups: NDArray[np.str_]) -> None:
    with files.aside(raw / ARCHIVE) as part:  # NumPy stamps no date, so the same arrays are the same bytes
        np.savez(part, inputs=inputs, labels=labels, groups=groups)


def _read(raw: Path) -> Iterator[Example]:
    with np.load(raw / ARCHIVE, allow_pickle=False) as archive:
        inputs, labels, groups = archive["inputs"], archive["labels"], archive["groups"]
    for index, (data, label, group) in enumerate(zip(inputs, labels, groups, strict=True)):
        yield Example(f"{index:06d}", data, label.item(), str(group))
