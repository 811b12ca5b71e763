"""Image files that Pillow does not write: deep colours, declared bits, malformed metadata. Made byte by byte."""

import struct
import zlib

import numpy as np

PNG = b"\x89PNG\r\n\x1a\n"
_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's colour type by number of channels


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(pixels, *extra):
    """A PNG file of uint8 or uint16 pixels, with further chunks before the pixels."""
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    height, width, channels = pixels.shape
    bits = 8 * pixels.dtype.itemsize
    rows = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, bits, _COLOURS[channels], 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(pixels, order="<", planar=False, deflate=False, **tags):
    """A TIFF file. Tags are numbers by name: photometric, white, orientation, form, text."""
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    stored = pixels.transpose(2, 0, 1) if planar else pixels
    content = np.ascontiguousarray(stored).astype(pixels.dtype.newbyteorder(order)).tobytes()
    content = zlib.compress(content) if deflate else content
    bits, plane = 8 * pixels.dtype.itemsize, len(content) // channels
    fields = {
        256: [pixels.shape[1]],
        257: [pixels.shape[0]],
        258: [bits] * channels,
        259: [8 if deflate else 1],
        262: [tags.get("photometric", 1 if channels == 1 else 2)],
        273: [0] * (channels if planar else 1),
        277: [channels],
        278: [pixels.shape[0]],
        279: [plane] * channels if planar else [len(content)],
        284: [2 if planar else 1],
        339: [kind] * channels,
    }
    fields |= {number: [tags[name]] for name, number in (("white", 281), ("orientation", 274)) if name in tags}
    head = 8
    table = head + 2 + 12 * len(fields) + 4
    spare = sum(4 * len(values) for values in fields.values() if len(values) > 1)
    start = table + spare
    fields[273] = [start + index * plane for index in range(len(fields[273]))]
    entries, more = b"", b""
    for number, values in sorted(fields.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            packed, more = struct.pack(f"{order}I", table + len(more)), more + packed
        entries += struct.pack(f"{order}HHI", number, 4, len(values)) + packed
    mark = b"II" if order == "<" else b"MM"
    lead = mark + struct.pack(f"{order}HIH", 42, head, len(fields))
    return lead + entries + struct.pack(f"{order}I", 0) + more + content
