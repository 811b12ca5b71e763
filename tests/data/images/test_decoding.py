import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageSequence
from toys import encoded, film, refused

from cnnbench.core.errors import UserError
from cnnbench.data import images

GREY = (np.arange(48).reshape(6, 8) * 5).astype(np.uint8)
ALL = np.arange(256, dtype=np.uint8).reshape(16, 16)  # every grey value once
COLOUR = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)


def deep(pixels, factor=257, kind="<u2"):
    return encoded(Image.fromarray((pixels.astype(np.uint16) * factor).astype(kind)))


GREY_FORMS = {
    **{mode: (encoded(Image.fromarray(ALL).convert(mode)), {}) for mode in ("L", "RGB", "RGBA", "P", "LA")},
    "16 bit, times 257": (deep(ALL), {"uint16": (0, 65535)}),
    "16 bit, of which 8 are used": (deep(ALL, 1), {"uint16": (0, 255)}),
    "16 bit TIFF, big-endian": (
        encoded(Image.fromarray((ALL.astype(np.uint16) * 257).astype(">u2")), "TIFF"),
        {"uint16": (0, 65535)},
    ),
    "32 bit": (encoded(Image.fromarray(ALL.astype(np.int32)), "TIFF"), {"int32": (0, 255)}),
    "float": (encoded(Image.fromarray(ALL.astype(np.float32)), "TIFF"), {"float32": (0, 255)}),
    "float shares": (encoded(Image.fromarray(ALL.astype(np.float32) / 255), "TIFF"), {"float32": (0, 1)}),
    "CMYK": (encoded(Image.fromarray(ALL).convert("CMYK"), "TIFF"), {}),
    "GIF": (encoded(Image.fromarray(ALL), "GIF"), {}),
    "BMP": (encoded(Image.fromarray(ALL).convert("RGB"), "BMP"), {}),
    "array": (ALL, {}),
    "deep array": (ALL.astype(np.float64)[:, :, None], {"float64": (0, 255)}),
}


@pytest.mark.parametrize("form", GREY_FORMS)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_form_a_file_was_saved_in_leaves_no_trace(form, channels):
    data, ranges = GREY_FORMS[form]
    pixels = images.decode(data, channels, ranges)
    assert pixels.shape == (16, 16, channels)
    assert pixels.dtype == np.uint8
    assert all((pixels[:, :, channel] == ALL).all() for channel in range(channels))
    assert images.digest(pixels) == images.digest(images.decode(GREY_FORMS["L"][0], channels))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_palette_with_colours_and_black_and_white_files_are_read_as_seen(channels):
    flat = Image.fromarray(COLOUR).quantize(16)
    assert (images.decode(encoded(flat), channels) == images.decode(encoded(flat.convert("RGB")), channels)).all()
    bits = Image.fromarray(GREY).convert("1")
    assert (images.decode(encoded(bits), channels) == images.decode(encoded(bits.convert("L")), channels)).all()
    assert set(np.unique(images.decode(encoded(bits), channels))) == {0, 255}


@pytest.mark.parametrize("channels", [1, 3])
def test_what_lies_under_transparent_pixels_is_not_seen(channels):
    seen, alpha = GREY.copy(), np.full_like(GREY, 255)
    alpha[:, :4], seen[:, :4] = 0, 0
    forms = {
        "grey": np.dstack([GREY, alpha]),
        "colour": np.dstack([GREY, GREY, GREY, alpha]),
        "other colour underneath": np.dstack([GREY, np.where(alpha == 0, 77, GREY), GREY, alpha]),
    }
    expected = images.decode(seen, channels)
    for form, pixels in forms.items():
        assert (images.decode(encoded(Image.fromarray(pixels)), channels) == expected).all(), form
    palette = Image.fromarray(GREY).convert("P")
    palette.putalpha(Image.fromarray(alpha))
    assert palette.mode == "PA"
    assert (images.decode(encoded(palette, "TIFF"), channels) == expected).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("mode", ["P", "L", "1"])
def test_black_that_is_declared_transparent_stays_black(mode, channels):
    image = Image.fromarray(GREY).convert(mode)
    assert (images.decode(encoded(image, transparency=0), channels) == images.decode(encoded(image), channels)).all()


def test_half_transparent_grey_and_colour_copies_are_the_same():
    alpha = np.linspace(0, 255, GREY.size).astype(np.uint8).reshape(GREY.shape)
    grey, colour = np.dstack([GREY, alpha]), np.dstack([GREY, GREY, GREY, alpha])
    for channels in (1, 3):
        first, second = (images.decode(encoded(Image.fromarray(form)), channels) for form in (grey, colour))
        assert images.digest(first) == images.digest(second)
        assert 0 < first.mean() < GREY.mean()


def test_cmyk_jpeg_looks_like_its_rgb_source():
    smooth = np.kron(COLOUR[:2, :2], np.ones((16, 16, 1), np.uint8))
    pixels = images.decode(encoded(Image.fromarray(smooth).convert("CMYK"), "JPEG", quality=100, subsampling=0), 3)
    assert np.abs(pixels.astype(int) - smooth).mean() < 3


def test_arrays_take_the_same_form_as_files():
    grey = images.decode(GREY[:, :, None], 3)
    assert (grey == images.decode(encoded(Image.fromarray(GREY)), 3)).all()
    assert (images.decode(COLOUR, 3) == COLOUR).all()
    assert (images.decode(COLOUR, 1) == images.decode(encoded(Image.fromarray(COLOUR)), 1)).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_a_photograph_taken_on_its_side_is_turned(kind):
    turned = Image.fromarray(GREY)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be shown turned a quarter clockwise
    pixels = images.decode(encoded(turned, kind, exif=exif), 1)
    assert pixels.shape == (8, 6, 1)
    assert np.abs(pixels[:, :, 0].astype(int) - np.rot90(GREY, -1)).mean() < 8


def test_content_counts_and_not_the_name_and_the_first_picture_of_an_animation():
    pictures = [Image.fromarray(np.full((6, 8), value, np.uint8)) for value in (10, 200)]
    moving = encoded(pictures[0], "GIF", save_all=True, append_images=pictures[1:])
    assert len(list(ImageSequence.Iterator(Image.open(io.BytesIO(moving))))) == 2
    assert (images.decode(moving, 3) == 10).all()


def test_what_is_no_image_is_refused():
    with refused(r"Expected an image file, received 5 bytes that cannot be read\.$"):
        images.decode(b"hello", 3)
    with refused("Expected an image file, received 0 bytes"):
        images.decode(b"", 3)


def declaring(width, height):
    """The head of a PNG file, which declares a size; nothing follows, so decoding it fails with another message."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">II", zlib.crc32(head), 9) + b"IDAT"


@pytest.mark.parametrize(
    "size", [(1, 80_000_000), (80_000_000, 1), (8193, 8192), (10_000, 10_000), (20_000, 20_000), (1, 2**15 + 1)]
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # as `images` does, but pytest undoes it
def test_a_decompression_bomb_is_refused_by_its_header(size):
    with refused(rf"cannot be read: .*({size[0]}x{size[1]} pixels, more than 67,108,864 or a side over 32,768|bomb)"):
        images.decode(declaring(*size), 3)


def test_a_tile_larger_than_its_image_is_a_bomb_too():
    # width, height, bits, deflated, grey, channels, tiles: their width, height, place and bytes
    values = {256: 10, 257: 10, 258: 8, 259: 8, 262: 1, 277: 1, 322: 40_000, 323: 30_000, 324: 8, 325: 1}
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    with refused("cannot be read: 40000x30000 pixels, more than 67,108,864"):
        images.decode(b"II*\0" + struct.pack("<IH", 8, len(values)) + tags + bytes(4), 1)


def test_large_images_are_taken():
    assert images.decode(encoded(Image.new("L", (2, 2**15))), 1).shape == (2**15, 2, 1)


def test_postscript_is_handed_to_no_other_program():
    with refused("cannot be read"):
        images.decode(encoded(Image.fromarray(COLOUR), "EPS"), 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.filterwarnings("ignore")  # of Pillow's, on damaged files
def test_damage_anywhere_is_one_line_that_is_the_same_every_time(kind):
    whole = film(0, kind=kind)
    rng = np.random.default_rng(0)
    refused = 0
    for length in rng.integers(0, len(whole) - 8, 40):
        refused += refusal(whole[:length]) is not None
    for _ in range(40):
        damaged = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 120), 6):
            damaged[place] = rng.integers(0, 256)
        refused += refusal(bytes(damaged)) is not None
    assert refused > 40


def refusal(data):
    """The message of a refusal, or None; any other error fails the test."""
    messages = set()
    for _ in range(2):
        try:
            images.decode(data, 3)
        except UserError as error:
            messages.add(str(error))
    assert len(messages) <= 1
    assert not re.search(r"\n| at 0x", "".join(messages))
    return next(iter(messages), None)


def test_digest_is_of_content_shape_and_type():
    pixels = np.zeros((4, 2, 1), np.uint8)
    assert images.digest(pixels) == images.digest(pixels.copy())
    assert len({images.digest(a) for a in (pixels, pixels + 1, pixels.reshape(2, 4, 1), pixels.astype(np.int8))}) == 4
