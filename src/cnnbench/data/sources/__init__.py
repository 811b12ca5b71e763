"""Sources of data: a source lists its examples once, at download, each with a function that reads it.

A source is any object with the method of `Source`. The folder of a data set under `data/sets/` names its sources.

    phantom    synthetic images, drawn
    packaged   data in a Python package
    kaggle     a publisher's zip file, from Kaggle (kaggle_client) or from the user's own folder of archives
    cifar      the binary archive of CIFAR-10
    tfds       tensorflow-datasets (tfds_builder prepares a missing data set)
    own        a user's own images
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cnnbench.config import Data


class Entry(NamedTuple):
    """An example in the list of its source.

    Attributes:
        id, label, group, part, attributes: As of `raw.Example`.
        read: Returns an encoded image file as bytes, or an array: uint8 pixels (height, width, channels) or float32
            features. Called once, or never where the number of examples is capped, while the source is open.
    """

    id: str
    label: float
    group: str
    part: str
    read: Callable[[], Any]
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The content of an open source.

    Attributes:
        origin: Where it came from, in a few words; the same on every machine, so without a path of the user's.
        entries: The examples, in an order that is the same on every machine; can be iterated over once.
        total: Number of examples.
        size: Bytes of all examples together, as `read` returns them.
        classes: Class names where they differ from those of the data set; None where they do not.
        synthetic: Whether the examples are synthetic; the report then marks them everywhere.
        complete: Whether it is meant to have all examples that the publisher states.
        archives: SHA-256, in hex, of the publisher's archives, by file name; empty where there are none.
        positive: Of two classes, the one that sensitivity and precision are about, which is the last; empty where the
            source does not know it.
        attributes: Names of the attributes that every entry has.
        notes: What the user should know of the data, a line each, such as what was left out.
    """

    origin: str
    entries: Iterable[Entry]
    total: int
    size: int
    classes: tuple[str, ...] | None = None
    positive: str = ""
    synthetic: bool = False
    complete: bool = False
    archives: dict[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def compare(self, expected: int) -> list[str]:
        """A line where there are not as many examples as the publisher states; of 0 nothing is stated."""
        if not self.complete or not expected or self.total == expected:
            return []
        return [f"{self.total:,} examples, where the publisher states {expected:,}"]


class Source(Protocol):
    """Finds a data set and lists its examples."""

    def open(self, data: Data, archives: Path | None, scratch: Path) -> AbstractContextManager[Contents]:
        """Opens the data set, after a download where need be.

        Args:
            data: The entry of the data set in params.yaml.
            archives: The user's folder of archives; None where there is none. Nothing in it is changed, copied or
                linked: DVC makes tracked files read-only, and these belong to the user. A download may be added.
            scratch: A temporary folder, removed when the source is closed.

        Raises:
            UserError: It cannot be had; the message names the remedy.
        """
