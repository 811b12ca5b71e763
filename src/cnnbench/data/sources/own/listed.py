"""A user's image as it is listed, before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from cnnbench.core.errors import UserError
from cnnbench.data.sources import content
from cnnbench.data.sources.walking import Found

# Control characters would spoil tables and terminals, surrogates stand for bytes that are not UTF-8, and a backslash
# separates folders on Windows only.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\\\\]")


class Listed(NamedTuple):
    """An image of the user, not yet read.

    Attributes:
        id: Its path below the folder of the images, or its place in an array.
        label: Name of its class, as written.
        read: Returns it, as `Entry.read`.
        size: Of what `read` returns, in bytes.
        group: Patient, lesion or slide; empty where none is given.
        part: train, val or test; empty where none is given.
        attributes: Values of the attributes.
        kind: Its format, such as JPEG; empty of an array.
    """

    id: str
    label: str
    read: Callable[[], Any]
    size: int
    group: str = ""
    part: str = ""
    attributes: tuple[str, ...] = ()
    kind: str = ""


class Listing(NamedTuple):
    """The user's images.

    Attributes:
        origin: As of `Contents`.
        images: All of them, in any order.
        notes: As of `Contents`.
        attributes: Names of the attributes.
        named: Whether labels are names that a person gave, such as those of folders; numbers are else held to be what
            was measured where there are many.
    """

    origin: str
    images: list[Listed]
    notes: list[str]
    attributes: tuple[str, ...] = ()
    named: bool = False


def list_file(found: Found, key: str, label: str, **more: Any) -> Listed:
    """Lists a file.

    Raises:
        UserError: It is larger than an image is.
    """
    if found.size > content.IMAGE_BYTES:
        raise content.too_large(found.path, found.size)
    return Listed(key, label, partial(content.read_image, found.path), found.size, kind=found.kind, **more)


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
