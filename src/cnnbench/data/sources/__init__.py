"""Where data come from: a source lists its examples once, at download, each with a way to read it.

A source is any object with the members of `Source`. Which sources a data set has stands in its folder under
`data/sets/`.

    phantom    synthetic images, drawn
    packaged   data that a Python package carries
    kaggle     a publisher's zip file, from Kaggle (kaggle_client) or from the user's own folder of archives
    cifar      the binary archive of CIFAR-10
    tfds       tensorflow-datasets (tfds_builder prepares what is not there yet)
    folder     a user's own images, in a folder per class (image_folder) or listed in a CSV file (image_table)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cnnbench.config import Data


class Entry(NamedTuple):
    """An example as its source lists it.

    Attributes:
        id, label, group, part: As of `raw.Example`.
        read: Returns an encoded image file as bytes, or an array: uint8 pixels (height, width, channels) or float32
            features. Called once, or never where the number of examples is capped, while the source is open.
    """

    id: str
    label: float
    group: str
    part: str
    read: Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a source that is open holds.

    Attributes:
        origin: In a few words, where it came from; the same on every machine, so no path of the user's.
        entries: The examples, in an order that is the same on every machine; to be iterated over once.
        total: How many there are.
        size: Bytes that they take together, as `read` returns them.
        classes: Class names where they differ from the data set's own; None where they do not.
        archives: SHA-256, in hex, of the publisher's archives, by file name; empty where there are none.
    """

    origin: str
    entries: Iterable[Entry]
    total: int
    size: int
    classes: tuple[str, ...] | None = None
    archives: dict[str, str] = field(default_factory=dict)


class Source(Protocol):
    """Finds a data set and lists its examples."""

    @property
    def synthetic(self) -> bool:
        """Whether the examples are made up; the report then says so everywhere."""

    def open(self, data: Data, archives: Path | None, scratch: Path) -> AbstractContextManager[Contents]:
        """Opens the data set, after a download where need be.

        Args:
            data: What params.yaml says of the data set.
            archives: The user's folder of archives downloaded by hand; None where there is none. Nothing in it is
                changed, copied or linked: DVC makes what it tracks read-only, and the user's file is the user's.
            scratch: A folder for what is needed only while the source is open, removed afterwards.

        Raises:
            UserError: It cannot be had; the message says what the user can do.
        """
