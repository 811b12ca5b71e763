"""The chunks of PNG files."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MAGIC = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")


def is_deep(data: bytes) -> bool:
    """Whether a PNG file has 16 bits per value."""
    return data[24:25] == b"\x10"


def keep_pixels(data: bytes) -> bytes:
    """The file without texts, colour profile and the like: Pillow refuses the image where they are large or damaged."""
    return MAGIC + b"".join(
        data[begin:end]
        for kind, begin, end in _chunks(data)
        # the orientation is no part of the pixels
        if kind in _NEEDED and (kind != b"eXIf" or _is_sound(data, begin, end))
    )


def damage(data: bytes) -> str:
    """What is odd about the compressed data, whose checksums Pillow does not compare; empty where nothing is."""
    sound = all(_is_sound(data, begin, end) for kind, begin, end in _chunks(data) if kind == b"IDAT")
    return "" if sound else "damaged PNG data: they differ from their checksum"


def is_animated(data: bytes) -> bool:
    """Whether a PNG file has more pictures than the first."""
    return any(kind == b"acTL" for kind, _, _ in _chunks(data))


def significant_bits(data: bytes) -> int | None:
    """What the chunk sBIT declares of the first channel, 1 to 16; None without one."""
    for kind, begin, end in _chunks(data):
        if kind == b"sBIT":
            # a chunk without content would give a byte of its checksum
            return data[begin + 8] if end > begin + 12 and 0 < data[begin + 8] <= 16 else None
        if kind == b"IDAT":
            break
    return None


def _is_sound(data: bytes, begin: int, end: int) -> bool:
    return zlib.crc32(memoryview(data)[begin + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of each chunk."""
    begin = len(MAGIC)
    while begin + 8 <= len(data):
        end = begin + 12 + int.from_bytes(data[begin : begin + 4], "big")
        yield data[begin + 4 : begin + 8], begin, end
        begin = end
