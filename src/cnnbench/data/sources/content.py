"""The kind of a file by its first bytes: its name may tell another, or none."""

from __future__ import annotations

import re
from pathlib import Path

from cnnbench.core.errors import UserError

HEAD = 512
"""Bytes of a file that tell its kind."""

IMAGE_BYTES = 2**28
"""Of an image file, at most: the most pixels that `images.decode` takes, uncompressed in colour, and room to spare."""

EXTENSIONS = frozenset(
    (
        ".apng", ".avif", ".bmp", ".dcm", ".dicom", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".nii",
        ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp",
    )
)  # fmt: skip
"""Of image files, in lower case: such a file is an image that is damaged, where its content tells no kind."""

_IMAGES = {
    "JPEG": rb"\xff\xd8\xff",
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",  # the size of its second header, or text may begin so
    "TIFF": rb"II[*+]\0|MM\0[*+]",
    "JPEG2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "WEBP": rb"RIFF.{4}WEBP",
    "AVIF": rb".{4}ftyp.{0,64}?avi[fs]",
    "PPM": rb"P[1-6f]\s(?:\s*#[^\n]*\n)*\s*\d+\s+(?:#[^\n]*\n\s*)*\d+\s",
    "DICOM": rb".{128}DICM",
    "NIfTI": rb".{344}n[+]1\0",
}
_OTHERS = {
    "HEIC": rb".{4}ftyp(?:hei[cfmsx]|hev[cmx]|mif1|msf1)",
    "Photoshop": rb"8BPS",
    "icon": rb"\x00\x00[\x01\x02]\x00[^\x00]",
    "SVG": rb"(?i:\s*(?:<\?xml.{0,200}?)?\s*<svg)",
    "PDF": rb"%PDF",
    "zip": rb"PK\x03\x04",
    "gzip": rb"\x1f\x8b",
    "HTML": rb"(?i:\s*<(?:!doctype )?html)",
    "NumPy": rb"\x93NUMPY",
    "video": rb".{4}ftyp|RIFF.{4}AVI |\x1a\x45\xdf\xa3",
}
# photographs of a camera as TIFF files: Pillow would decode the thumbnail in them
_RAW = frozenset(
    (
        ".arw", ".cr2", ".dng", ".nef", ".orf", ".pef", ".srw",
    )
)  # fmt: skip


def _compile(kinds: dict[str, bytes]) -> list[tuple[str, re.Pattern[bytes]]]:
    return [(kind, re.compile(pattern, re.DOTALL)) for kind, pattern in kinds.items()]


_IMAGE_PATTERNS, _OTHER_PATTERNS = _compile(_IMAGES), _compile(_OTHERS)


def image_kind(head: bytes) -> str:
    """The format of an image that can be decoded, such as JPEG; empty where the bytes begin no such image.

    Args:
        head: The first bytes of the file, `HEAD` of them where it has so many.
    """
    return next((kind for kind, pattern in _IMAGE_PATTERNS if pattern.match(head)), "")


def other_kind(head: bytes, extension: str) -> str:
    """The kind of a file that is no image, in a word or two."""
    if extension in _RAW:
        return "raw camera"
    if not head:
        return "empty"
    known = next((kind for kind, pattern in _OTHER_PATTERNS if pattern.match(head)), "")
    if not known and b"\0" not in head:
        return f"{extension} text" if extension else "text"
    return known or extension or "unknown"


def read_head(path: Path) -> bytes:
    """The first bytes of a file; a pipe or device, which could block for ever, has none."""
    if not path.is_file():
        return b""
    with path.open("rb", buffering=0) as file:
        return file.read(HEAD)


def read_image(path: Path) -> bytes:
    """The bytes of a user's image file.

    Raises:
        UserError: It is no file, may not be read, or is larger than an image is.
    """
    try:
        if not path.is_file():  # reading a pipe would never end
            raise UserError(f"Expected a file at {path}, received something that is none: remove it.")
        if (size := path.stat().st_size) > IMAGE_BYTES:
            raise too_large(path, size)
        return path.read_bytes()
    except OSError as error:
        raise unreadable(error) from None


def too_large(path: Path, size: int) -> UserError:
    """The error for a file that is larger than an image is."""
    return UserError(f"Expected image files of at most {IMAGE_BYTES:,} bytes, received {size:,} of {path}: remove it.")


def unreadable(error: OSError) -> UserError:
    """The error for an image file that the system does not let be read."""
    return UserError(f"Expected an image that can be read, received {error.strerror}: {error.filename!r}.")
