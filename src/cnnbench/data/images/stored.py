"""An image as its file stores it, before its values are brought to 8 bits."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray


class Stored(NamedTuple):
    """The pixels of an image, upright, in their own type.

    Attributes:
        values: (height, width) or (height, width, 3), in the machine's byte order.
        opacity: 0 to 1, shape (height, width), 0 where a scanner pads the image; None where all is opaque.
        inverted: Whether the lowest value is white.
        white: The highest value that the file declares, such as 4095 of 12 bits; None where it declares none.
        window: The values that the file declares as black and white; None where it declares none.
        warnings: What is odd about the file, a line each.
    """

    values: NDArray[Any]
    opacity: NDArray[Any] | None = None
    inverted: bool = False
    white: float | None = None
    window: tuple[float, float] | None = None
    warnings: tuple[str, ...] = ()
