"""The TFRecord file format and `tf.train.Example`, read without TensorFlow: the counterpart of `cache.tfrecord`.

Values of bytes are given as places in the buffer, so that pixels are not copied before they are wanted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import google_crc32c

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers
_HEAD, _FOOT = 12, 4  # bytes round a record: its length with a checksum, the record's checksum


class Place(NamedTuple):
    """Where a value of bytes stands in the buffer."""

    start: int
    stop: int


def frames(buffer: memoryview) -> Iterator[Place]:
    """The places of the records in a TFRecord file.

    Raises:
        ValueError: The file ends within a record, or a checksum is another one.
    """
    at = 0
    while at < len(buffer):
        if at + _HEAD > len(buffer):
            raise ValueError(f"the head of a record that ends at byte {len(buffer)}")
        length, checksum = struct.unpack_from("<QI", buffer, at)
        start, stop = at + _HEAD, at + _HEAD + length
        if checksum != _masked_crc(buffer[at : at + 8]) or stop + _FOOT > len(buffer):
            raise ValueError(f"another length of the record at byte {at}")
        if struct.unpack_from("<I", buffer, stop) != (_masked_crc(buffer[start:stop]),):
            raise ValueError(f"another content of the record at byte {at}")
        yield Place(start, stop)
        at = stop + _FOOT


def parse(buffer: memoryview, record: Place) -> dict[str, Place | int | float]:
    """The features of an Example, each with one value.

    Raises:
        ValueError: The bytes are no Example, or a feature has no value.
    """
    found: dict[str, Place | int | float] = {}
    try:
        for features in _subfields(buffer, record, 1):
            for entry in _subfields(buffer, features, 1):
                name, feature = next(_subfields(buffer, entry, 1)), next(_subfields(buffer, entry, 2))
                found[bytes(buffer[name.start : name.stop]).decode()] = _value(buffer, feature)
    except (StopIteration, IndexError, struct.error) as error:
        raise ValueError(f"a record that is no Example ({type(error).__name__})") from None
    return found


def _value(buffer: memoryview, feature: Place) -> Place | int | float:
    kind, values = next((number, place) for number, _, place in _fields(buffer, feature))
    _, _, place = next(_fields(buffer, values))
    if kind == 1:
        return place
    # A number stands alone, or packed with its fellows
    if kind == 2:
        number: float = struct.unpack_from("<f", buffer, place.start)[0]
        return number
    whole, _ = _varint(buffer, place.start)
    return whole - (1 << 64) if whole >> 63 else whole  # two's complement


def _subfields(buffer: memoryview, message: Place, wanted: int) -> Iterator[Place]:
    return (place for number, wire, place in _fields(buffer, message) if number == wanted and wire == _BYTES)


def _fields(buffer: memoryview, message: Place) -> Iterator[tuple[int, int, Place]]:
    """Number, wire type and place of each field of a message."""
    at = message.start
    while at < message.stop:
        key, at = _varint(buffer, at)
        wire = key & 7
        if wire == _BYTES:
            length, at = _varint(buffer, at)
            end = at + length
        elif wire == _VARINT:
            end = _varint(buffer, at)[1]
        elif wire in (_FIXED32, _FIXED64):
            end = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ValueError(f"a field of wire type {wire}")
        if end > message.stop:
            raise ValueError("a field that is longer than its message")
        yield key >> 3, wire, Place(at, end)
        at = end


def _varint(buffer: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = buffer[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _masked_crc(data: memoryview) -> int:
    crc = google_crc32c.value(bytes(data))
    return int(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
