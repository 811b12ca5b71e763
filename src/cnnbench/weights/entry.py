"""An array in a file of weights that is read only once its shape is known to be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MalformedError(ValueError):
    """A file has what a file of weights has not."""


@dataclass(frozen=True)
class Entry:
    """An array in a file: a small file can name one of any size.

    Attributes:
        shape: As the file says.
        read: Reads it; raises what its library raises where the file is damaged.
    """

    shape: tuple[int, ...]
    read: Callable[[], NDArray[Any]]
