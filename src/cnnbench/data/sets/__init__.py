"""Data sets, a folder each, found by name: `sets/<name>/` has a constant `DATASET`.

Adding a data set is adding a folder here and naming it in `params.yaml`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

from cnnbench.config import Task
from cnnbench.core.errors import UserError, unknown
from cnnbench.data.sources import Source


@dataclass(frozen=True)
class Dataset:
    """A data set, as known before it is fetched.

    Attributes:
        title: Its name in the report; empty for the name in `params.yaml`.
        classes: Names of the classes, in the order of their indices; empty for a regression.
        input_shape: Of one example in the reproduced tutorial: (height, width, channels) or (features, 1); sides of 0
            where there is no tutorial.
        expected: Number of examples that the publisher states; 0 where none is stated.
        citation: The paper to cite.
        licence: The publisher's terms.
        sources: By name in `params.yaml`.
        unit: Of the target of a regression.
        features: Names of the columns of a table, in their order; empty for images.
    """

    title: str
    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    expected: int
    citation: str
    licence: str
    sources: Mapping[str, Source]
    task: Task = "classification"
    unit: str = ""
    features: tuple[str, ...] = ()

    def source(self, name: str) -> Source:
        """The source called `name`.

        Raises:
            UserError: The data set has no such source.
        """
        if name not in self.sources:
            title = self.title or "one's own images"
            raise UserError(f"Expected a source of {title} among {', '.join(self.sources)}, received {name!r}.")
        return self.sources[name]


def names() -> list[str]:
    """All data sets, sorted."""
    # lists the folders and imports none; `_drawing` is no data set
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def get(name: str) -> Dataset:
    """The data set called `name`.

    Raises:
        UserError: There is no such data set.
    """
    if name not in names():
        raise unknown("a data set", name, names())
    dataset: Dataset = importlib.import_module(f"{__name__}.{name}").DATASET
    return dataset
