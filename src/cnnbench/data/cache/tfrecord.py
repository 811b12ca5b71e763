"""The TFRecord file format and `tf.train.Example`, written without TensorFlow.

Importing TensorFlow costs five seconds a process, and its own writer is no faster than this. The bytes are those that
`tf.io.TFRecordWriter` writes for `Example.SerializeToString(deterministic=True)`.
Formats: the TFRecord section of TensorFlow's guide, and example.proto and feature.proto of TensorFlow.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import google_crc32c


def frame(record: bytes) -> bytes:
    """A record of a TFRecord file: length, its masked checksum, record, its masked checksum."""
    length = struct.pack("<Q", len(record))
    return length + _masked_crc(length) + record + _masked_crc(record)


def example(features: Mapping[str, bytes | int | float]) -> bytes:
    """Serialises a `tf.train.Example` with one value a feature.

    Args:
        features: Bytes become a BytesList, ints an Int64List, floats a FloatList.

    Returns:
        Bytes with the features sorted by name.
    """
    # sorted, as a deterministic protocol buffer writes a map
    entries = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, _feature(features[name]))) for name in sorted(features)
    )
    return _field(1, entries)


def _feature(value: bytes | int | float) -> bytes:
    if isinstance(value, bytes):
        return _field(1, _field(1, value))
    if isinstance(value, float):
        # packed, as feature.proto declares its numbers
        return _field(2, _field(1, struct.pack("<f", value)))
    return _field(3, _field(1, _varint(value)))


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protocol buffer field."""
    # wire type 2 is the length-delimited one
    return bytes([number << 3 | 2]) + _varint(len(payload)) + payload


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _masked_crc(data: bytes) -> bytes:
    crc = google_crc32c.value(data)  # the format masks it, since a record may itself hold checksums
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
