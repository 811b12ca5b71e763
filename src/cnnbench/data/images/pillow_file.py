"""Image files that Pillow reads, in the depth in which they store their values: Pillow cuts colours to 8 bits."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin

from cnnbench.data.images import jpeg, limits, orientation, png
from cnnbench.data.images.stored import Stored

_BITS, _PHOTOMETRIC, _MAX_SAMPLE, _PLANES, _SAMPLE_FORMAT, _S_MAX_SAMPLE = 258, 262, 281, 284, 339, 341
# missing in Pillow's table, which has most of them for little-endian files alone
for _key, _modes in {
    (TiffImagePlugin.MM, 0, (1,), 1, (16,), ()): ("I;16B", "I;16B"),
    (TiffImagePlugin.MM, 1, (1,), 1, (32,), ()): ("I", "I;32B"),
    (TiffImagePlugin.II, 1, (3,), 1, (64,), ()): ("F", "F;64F"),
    (TiffImagePlugin.MM, 1, (3,), 1, (64,), ()): ("F", "F;64BF"),
}.items():
    TiffImagePlugin.OPEN_INFO.setdefault(_key, _modes)


def read(data: bytes, at_least: tuple[int, int] | None = None) -> Stored:
    """Reads an image file.

    Args:
        data: In any of `limits.FORMATS`.
        at_least: Height and width that will do; a JPEG file of twice the size and more is then decoded at a half, a
            quarter or an eighth.

    Raises:
        Exception: Of any kind, from Pillow's readers.
    """
    try:
        return _read(data, at_least)
    except Exception:
        if not data.startswith(png.MAGIC):
            raise
        return _read(png.keep_pixels(data), at_least)


def look(data: bytes) -> tuple[str, int]:
    """Pixel type and number of pages of an image file, by its header."""
    if data.startswith(png.MAGIC):
        return "uint16" if png.is_deep(data) else "uint8", 1 + png.is_animated(data)
    image = _open(io.BytesIO(data))
    return _type(image), getattr(image, "n_frames", 1)


def _open(file: io.BytesIO) -> Image.Image:
    image: Image.Image = Image.open(file, formats=limits.FORMATS)
    limits.check(*image.size)
    limits.check(*_tile_size(image))
    if image.format == "TIFF":
        image.tile = [_in_our_order(tile) for tile in image.tile]  # type: ignore[attr-defined]
    return image


def _in_our_order(tile: Any) -> Any:
    """A tile as libtiff hands it over, in the machine's byte order, which Pillow minds at 16 bits alone."""
    if tile.codec_name != "libtiff" or not (deep := re.fullmatch(r"([IF];\d+)B(S|F|)", tile.args[0])):
        return tile
    return tile._replace(args=(f"{deep[1]}N{deep[2]}", *tile.args[1:]))


def _read(data: bytes, at_least: tuple[int, int] | None) -> Stored:
    file = jpeg.Watched(data) if data.startswith(jpeg.MAGIC) else io.BytesIO(data)
    image = _open(file)
    if isinstance(file, jpeg.Watched):
        if at_least:
            # a quarter turn swaps the sides, and Pillow takes the width first
            image.draft(None, at_least if orientation.read(image) in orientation.SIDEWAYS else at_least[::-1])
        file.watch()
    stored = _pixels(data, image)
    damage = file.damage() if isinstance(file, jpeg.Watched) else png.damage(data) if image.format == "PNG" else ""
    if damage:
        stored = stored._replace(warnings=(*stored.warnings, damage))
    # not earlier: Pillow would load a PNG file for it, at 8 bits. A TIFF file it has turned as it loaded it
    turn = 1 if isinstance(image, TiffImagePlugin.TiffImageFile) else orientation.read(image)
    if turn == 1:
        return stored
    opacity = None if stored.opacity is None else orientation.apply(stored.opacity, turn)
    return stored._replace(values=orientation.apply(stored.values, turn), opacity=opacity)


def _pixels(data: bytes, image: Image.Image) -> Stored:
    tags = _tags(image)
    if tags.get(_PLANES) == 2 and max(tags.get(_BITS, (8,))) > 8:  # which Pillow takes for 8
        raise ValueError("colours of more than 8 bits in planes of their own: save them pixel by pixel")
    if (layout := _deep_layout(image)) and layout.partition(";")[0] in ("RGB", "RGBX", "RGBA", "LA"):
        return _deep_colours(data, image, layout)
    cut = (f"16 bits per colour, of which the high 8 are read ({layout})",) if layout else ()
    if (kind := _type(image)) != "uint8":
        return _deep_grey(data, image, kind)
    if image.mode == "LAB":
        image = image.convert("RGB")  # Pillow knows no way from it to grey
    elif image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "black"), seen).convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    return Stored(np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB")), warnings=cut)


def _type(image: Image.Image) -> str:
    """The type of the values that a file stores."""
    tags = _tags(image)
    bits, form = tags.get(_BITS, (8,))[0], tags.get(_SAMPLE_FORMAT, (1,))[0]
    if image.mode.startswith("F"):
        return "float32"
    if image.mode == "I" and tags:
        return f"{'int' if form == 2 else 'uint'}{bits}"
    if image.mode.startswith("I") or _deep_layout(image):
        return "uint16"
    return "int8" if image.mode == "L" and form == 2 else "uint8"


def _deep_grey(data: bytes, image: Image.Image, kind: str) -> Stored:
    tags = _tags(image)
    inverted, white = tags.get(_PHOTOMETRIC) == 0, tags.get(_S_MAX_SAMPLE, tags.get(_MAX_SAMPLE))
    white = white[0] if isinstance(white, tuple) else white
    if (bits := png.significant_bits(data) if image.format == "PNG" else None) is not None:
        white = 2**bits - 1
    values = np.asarray(image)  # loads the image
    if values.dtype.itemsize == np.dtype(kind).itemsize and values.dtype.kind != np.dtype(kind).kind:
        values = values.view(kind)  # Pillow knows no unsigned 32 bits, and no signed 8
    opacity = None
    if (hidden := image.info.get("transparency")) is not None and not isinstance(hidden, bytes):
        opacity = (values != hidden).astype(np.float64)
    return Stored(values.astype(kind, copy=False), opacity, inverted, white)


def _deep_layout(image: Image.Image) -> str:
    """How a file lays out its colours of 16 bits; empty of other files."""
    tiles = getattr(image, "tile", None)  # none once it is loaded
    layout = tiles[0].args if tiles else ""
    layout = layout[0] if isinstance(layout, tuple) and layout else layout
    return layout if isinstance(layout, str) and ";16" in layout and not image.mode.startswith("I") else ""


def _deep_colours(data: bytes, image: Image.Image, layout: str) -> Stored:
    """Colours of 16 bits: Pillow takes the high byte, and the low one where it is told the other byte order."""
    opacity = None
    bits = png.significant_bits(data) if image.format == "PNG" else None
    if layout == "LA;16B":
        image.tile = [tile._replace(args="RGBA") for tile in image.tile]  # type: ignore[attr-defined]
        both = np.ascontiguousarray(np.asarray(image)).view(">u2").astype(np.uint16)
        values, alpha = both[:, :, 0], both[:, :, 1]
        opacity = alpha / 65535
    else:
        low = _open(io.BytesIO(data))
        low.tile = [tile._replace(args=_other_order(tile.args)) for tile in low.tile]  # type: ignore[attr-defined]
        both = np.asarray(image).astype(np.uint16) << 8 | np.asarray(low)
        values = both[:, :, :3]
        if image.mode == "RGBA":
            opacity = both[:, :, 3] / 65535
    if isinstance(hidden := image.info.get("transparency"), tuple):
        opacity = (values != np.array(hidden)).any(axis=2).astype(np.float64)
    return Stored(values, opacity, white=None if bits is None else 2**bits - 1)


def _other_order(arguments: Any) -> Any:
    name, rest = (arguments[0], arguments[1:]) if isinstance(arguments, tuple) else (arguments, None)
    little = name.endswith("L") or (name.endswith("N") and sys.byteorder == "little")
    name = name[:-1] + ("B" if little else "L")
    return name if rest is None else (name, *rest)


def _tile_size(image: Image.Image) -> tuple[int, int]:
    """Of the tiles of a TIFF file, which are unpacked whole and may be larger than the image; 0 of another file."""
    tags = _tags(image)
    return tags.get(TiffImagePlugin.TILEWIDTH, 0), tags.get(TiffImagePlugin.TILELENGTH, 0)


def _tags(image: Image.Image) -> Any:
    """Those of a TIFF file; none of another."""
    return image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
