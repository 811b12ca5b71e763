"""The TFRecord file format and `tf.train.Example`, read without TensorFlow: the counterpart of `cache.tfrecord`.

Values are given as places in the buffer, so that pixels are not copied before they are wanted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers
_HEAD, _FOOT = 12, 4  # bytes round a record: its length with a checksum, the record's checksum

Kind = Literal["bytes", "float", "int"]
_KINDS: dict[int, Kind] = {1: "bytes", 2: "float", 3: "int"}  # the fields of a Feature


class Place(NamedTuple):
    """Where a value of bytes stands in the buffer."""

    start: int
    stop: int


class Value(NamedTuple):
    """A value of an Example, and where it stands: a float is four bytes, an int a varint."""

    kind: Kind
    place: Place


def frames(buffer: memoryview) -> Iterator[Place]:
    """The places of the records in a TFRecord file.

    Their checksums are left alone: the SHA-256 of the whole file is compared before it is read, see `integrity`.

    Raises:
        ValueError: The file ends within a record.
    """
    at = 0
    while at < len(buffer):
        if at + _HEAD > len(buffer):
            raise ValueError(f"the head of a record that ends at byte {len(buffer)}")
        (length,) = struct.unpack_from("<Q", buffer, at)
        start, stop = at + _HEAD, at + _HEAD + length
        if stop + _FOOT > len(buffer):
            raise ValueError(f"another length of the record at byte {at}")
        yield Place(start, stop)
        at = stop + _FOOT


def parse(buffer: memoryview, record: Place) -> dict[str, Value]:
    """The features of an Example, each with one value.

    Raises:
        ValueError: The bytes are no Example, or a feature has no value.
    """
    found: dict[str, Value] = {}
    try:
        for features in _subfields(buffer, record, 1):
            for entry in _subfields(buffer, features, 1):
                name, feature = next(_subfields(buffer, entry, 1)), next(_subfields(buffer, entry, 2))
                found[bytes(buffer[name.start : name.stop]).decode()] = _value(buffer, feature)
    except (StopIteration, IndexError, KeyError) as error:
        raise ValueError(f"a record that is no Example ({type(error).__name__})") from None
    return found


def _value(buffer: memoryview, feature: Place) -> Value:
    number, values = next((number, place) for number, _, place in _fields(buffer, feature))
    kind = _KINDS[number]
    # a number stands alone, or packed with its fellows
    _, _, (start, stop) = next(_fields(buffer, values))
    if kind == "float":
        stop = start + 4
    elif kind == "int":
        _, stop = _varint(buffer, start)
    if stop > values.stop:
        raise ValueError("a number that is longer than its message")
    return Value(kind, Place(start, stop))


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
