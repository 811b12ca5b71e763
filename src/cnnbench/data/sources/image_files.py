"""A user's own image files: allowed names, and the facts known before a file is read."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

from cnnbench.core.errors import UserError

EXTENSIONS = frozenset(
    (".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)  # fmt: skip
"""Of image files, in lower case."""

IMAGE_BYTES = 2**28
"""Of an image file, at most: the most pixels that `images.decode` takes, uncompressed in colour, and room to spare."""

PARTS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""Users' names for the parts of a split, in lower case, and ours."""

# Control characters would spoil tables and terminals, surrogates stand for bytes that are not UTF-8, and a backslash
# separates folders on Windows only.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\\\\]")


class ImageFile(NamedTuple):
    """An image file of the user, not yet read.

    Attributes:
        id: Its path below the folder of the images or of the table.
        path: Its path on this machine.
        label: Name of its class.
        group: Patient, lesion or slide; the id where none is given.
        part: train, val or test; empty where none is given.
    """

    id: str
    path: Path
    label: str
    group: str
    part: str


def canonical_name(written: str) -> str:
    """A name in the same form on every machine: macOS stores letters and accents apart.

    Raises:
        UserError: It has characters that a file name on another machine could not have.
    """
    if _UNSAFE.search(written):
        raise UserError(
            f"Expected names in UTF-8 without control characters and backslashes, received {written!r}: change it."
        )
    return unicodedata.normalize("NFC", written)
