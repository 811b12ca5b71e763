"""Finds damage within the compressed data of JPEG files, which Pillow decodes to garbage without a word.

libjpeg warns where a scan ends early or late, but Pillow drops its warnings. `Watched` sees the same from outside: a
sound file is decoded when its last bytes have been read, and not before. Held against libjpeg's own warnings on 400
files with flipped bits or zeroed bytes: all but those that end 1 or 2 bytes off, and no false alarm on sound ones.
"""

from __future__ import annotations

import io
import re
from typing import NamedTuple

MAGIC = b"\xff\xd8"
_TAIL = 2  # bytes held back: the last may be the zero that is stuffed after 0xff
_FILLING = b"\x55" * 12  # more than libjpeg reads ahead, and no marker
_ZEROS = bytes(16)
_RUN = re.compile(rb"\0{16,}")
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # the others stand within a scan


class _Scan(NamedTuple):
    """Compressed data between two markers."""

    begin: int
    end: int
    detail: bool  # without the means of the blocks
    refined: bool  # further bits of what an earlier scan has, as they are
    whole: bool  # all that the file has, and in one piece


class Watched(io.BytesIO):
    """A JPEG file that notes what is read of its compressed data."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data
        self._scan: _Scan | None = None
        self._asked = 0

    def watch(self) -> None:
        """To be called when the header has been read."""
        scans = _scans(self._data)
        self._scan = scans[0] if len(scans) == 1 and scans[0].whole else None

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads as a file does, but within a scan that is watched it stops before its end and fills it up."""
        if self._scan is None:
            return super().read(size)
        place, stop = self.tell(), self._scan.end - _TAIL
        if place < stop:
            return super().read(stop - place if size is None or size < 0 else min(size, stop - place))
        if place < self._scan.end:
            self._asked = 1
            return super().read(self._scan.end - place) + _FILLING
        self._asked = 2
        return super().read(size)

    def damage(self) -> str:
        """What is odd about the compressed data, after they were decoded; empty where nothing is."""
        if self._scan is not None and self._asked != 1:
            return f"damaged JPEG data: they end {'before' if self._asked else 'after'} the last pixel"
        if any(_has_zeros(self._data, scan) for scan in _scans(self._data)):
            return "damaged JPEG data: a row of zero bytes"
        return ""


def _has_zeros(data: bytes, scan: _Scan) -> bool:
    """Whether a scan has zero bytes that no encoder writes."""
    if data.find(_ZEROS, scan.begin, scan.end) < 0:
        return False
    if scan.refined:
        # zeros of a pattern come again and again; in the means they are the rule, as every block has one bit
        return scan.detail and len(_RUN.findall(data, scan.begin, scan.end)) == 1
    if scan.detail:
        return True  # blank blocks are counted there, in few bits
    # blank blocks are zero bytes where zeros mean "as before" and "nothing more" in all tables, which come before
    return any(symbol != 0 for symbol in _first_symbols(data[: scan.begin]))


def _scans(data: bytes) -> list[_Scan]:
    found: list[tuple[int, int, bool, bool]] = []
    place, progressive, restarts = 2, False, False
    while (match := _MARKER.search(data, place)) is not None:
        place, kind = match.start(), data[match.start() + 1]
        if found and found[-1][1] < 0:  # the end of the scan before
            found[-1] = (found[-1][0], place, *found[-1][2:])
        if kind == 0xD9:
            break
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        body, place = place + 4, place + 2 + length
        if kind == 0xC2:
            progressive = True
        elif kind == 0xDD:
            restarts = int.from_bytes(data[body : body + 2], "big") > 0
        elif kind == 0xDA:
            # the first frequency stands after the number of components and two bytes of each, then the last one
            first, refined = (data[body + at + 2 * data[body] : body + at + 1 + 2 * data[body]] for at in (1, 3))
            found.append((place, -1, first > b"\0", refined >= b"\x10"))
    return [
        _Scan(
            begin,
            len(data) if end < 0 else end,
            detail and progressive,
            refined and progressive,
            not progressive and not restarts,
        )
        for begin, end, detail, refined in found
    ]


def _first_symbols(header: bytes) -> list[int]:
    """Of every Huffman table, the symbol whose code is zeros."""
    symbols, place = [], 2
    while place + 4 <= len(header) and header[place] == 0xFF:
        length = int.from_bytes(header[place + 2 : place + 4], "big")
        if header[place + 1] == 0xC4:
            at = place + 4
            while at + 17 < place + 2 + length:  # several tables may share a segment
                symbols.append(header[at + 17])
                at += 17 + sum(header[at + 1 : at + 17])
        place += 2 + length
    return symbols
