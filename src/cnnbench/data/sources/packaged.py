"""Data in an installed Python package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cnnbench.config import Data
from cnnbench.data.sources import Contents, Entry


@dataclass(frozen=True)
class Packaged:
    """A data set in a package; an example's id is its row.

    Attributes:
        load: Returns (inputs, labels); the first axis of both is the examples.
        origin: The package.
    """

    load: Callable[[], tuple[NDArray[Any], NDArray[Any]]]
    origin: str

    @contextmanager
    def open(self, data: Data, archives: Path | None, scratch: Path) -> Iterator[Contents]:  # noqa: ARG002
        """Lists the rows in the package's order."""
        inputs, labels = self.load()
        names = [f"{row:06d}" for row in range(len(labels))]
        yield Contents(
            origin=self.origin,
            entries=[
                Entry(name, label, name, "", partial(inputs.__getitem__, row))
                for row, (name, label) in enumerate(zip(names, labels.tolist(), strict=True))
            ],
            total=len(labels),
            size=inputs.nbytes,
        )
