"""Values of more than 8 bits: read in full, brought to 8 bits by one range, inverted where white is zero."""

import numpy as np
import pytest
from deep_files import chunk, png, tiff
from PIL import Image
from toys import encoded, refused

from cnnbench.data import images

RNG = np.random.default_rng(0)
DEEP = RNG.integers(0, 65536, (16, 24), dtype=np.uint16)
COLOURS = RNG.integers(0, 65536, (16, 24, 3), dtype=np.uint16)
FULL = {"uint16": (0.0, 65535.0)}


def expected(values, low, high):
    return np.rint(np.clip((values.astype(float) - low) * 255 / (high - low), 0, 255)).astype(np.uint8)


def test_a_range_decides_what_is_black_and_white():
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    for low, high in ((0, 4095), (0, 65535), (1000, 3000), (-1000, 5000)):
        pixels = images.decode(png(ramp), 1, {"uint16": (low, high)})[:, :, 0]
        assert (pixels == expected(ramp, low, high)).all()
    assert len(np.unique(images.decode(png(ramp), 1, {"uint16": (0, 4095)}))) == 256


def test_one_pixel_changes_no_other():
    ramp = np.linspace(0, 1, 300, dtype=np.float32).reshape(15, 20)
    over, dead = ramp.copy(), (ramp * 255).astype(np.int32)
    over[0, 0], dead[0, 0] = 1.004, 100_000
    for before, after, ranges in (
        (ramp, over, {"float32": (0, 1)}),
        ((ramp * 255).astype(np.int32), dead, {"int32": (0, 255)}),
    ):
        one, other = (images.decode(encoded(Image.fromarray(form), "TIFF"), 1, ranges) for form in (before, after))
        assert other[0, 0, 0] == 255
        assert (one.ravel()[1:] == other.ravel()[1:]).all()


@pytest.mark.parametrize("kind", ["uint16", "int16", "uint32", "int32", "float32", "float64", "int8"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_each_type_of_tiff_is_read_as_it_is_stored(kind, order, deflate):
    values = np.linspace(-100, 100, 400).reshape(20, 20)
    if kind.startswith("u"):
        values = values + 100
    if kind == "uint32":
        values = values * 2e7  # beyond the signed ones
    values = values.astype(kind)
    low, high = float(values.min()), float(values.max())
    read_as = "float32" if kind == "float64" else kind
    file = tiff(values, order, deflate=deflate)
    pixels = images.decode(file, 1, {read_as: (low, high)})[:, :, 0]
    assert (np.abs(pixels - expected(values, low, high).astype(int)) <= (kind == "float64")).all()
    assert images.look(file) == (read_as, 1)


@pytest.mark.parametrize("order", ["<", ">"])
def test_white_is_zero_at_any_depth(order):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    shallow = images.decode(tiff(grey, order, photometric=0), 1)
    deep = images.decode(tiff(grey.astype(np.uint16) * 16, order, photometric=0), 1, {"uint16": (0, 4080)})
    assert (shallow[:, :, 0] == 255 - grey).all()
    assert (deep == shallow).all()
    plain = images.decode(tiff(grey.astype(np.uint16) * 16, order), 1, {"uint16": (0, 4080)})
    assert (plain == 255 - deep).all()


@pytest.mark.parametrize(
    "form",
    {
        "PNG": png(COLOURS),
        "PNG with opacity": png(np.dstack([COLOURS, np.full((16, 24), 65535, np.uint16)])),
        "TIFF": tiff(COLOURS),
        "big-endian TIFF": tiff(COLOURS, ">"),
    }.items(),
    ids=lambda form: form[0],
)
def test_colours_of_16_bits_are_read_in_full(form):
    low = COLOURS // 16  # 12 bits, of which the high byte holds 4
    assert (images.decode(form[1], 3, FULL) == expected(COLOURS, 0, 65535)).all()
    assert images.look(form[1]) == ("uint16", 1)
    assert (images.decode(png(low), 3, {"uint16": (0, 4095)}) == expected(low, 0, 4095)).all()
    grey = images.decode(form[1], 1, FULL)
    assert (grey[:, :, 0] == np.asarray(Image.fromarray(expected(COLOURS, 0, 65535)).convert("L"))).all()


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_compressed_tiffs_are_read_alike(compression):
    whole = encoded(Image.fromarray(DEEP), "TIFF", compression=compression)
    assert (images.decode(whole, 1, FULL)[:, :, 0] == expected(DEEP, 0, 65535)).all()


def test_colours_in_planes_are_refused_with_the_remedy():
    with refused("cannot be read: colours of more than 8 bits in planes of their own: save them pixel by pixel"):
        images.decode(tiff(COLOURS, planar=True), 3, FULL)
    shallow = (COLOURS >> 8).astype(np.uint8)
    assert (images.decode(tiff(shallow, planar=True), 3) == shallow).all()


def test_transparency_of_16_bits():
    alpha = np.zeros_like(DEEP)
    alpha[:, 12:] = 65535
    seen = expected(DEEP, 0, 65535)
    for pixels in (np.dstack([DEEP, alpha]), np.dstack([DEEP, DEEP, DEEP, alpha])):
        decoded = images.decode(png(pixels), 1, FULL)[:, :, 0]
        assert not decoded[:, :12].any()
        assert (decoded[:, 12:] == seen[:, 12:]).all()
    hidden = int(DEEP[3, 3]).to_bytes(2, "big")
    decoded = images.decode(png(DEEP, chunk(b"tRNS", hidden)), 1, FULL)[:, :, 0]
    assert decoded[3, 3] == 0
    assert (decoded == np.where(DEEP[3, 3] == DEEP, 0, seen)).all()


@pytest.mark.parametrize("data", [png(DEEP), tiff(DEEP.astype(np.float32)), DEEP, png(COLOURS)])
def test_without_a_range_of_its_type_an_image_is_refused(data):
    with refused(r"Expected pixels of 8 bits or int16, as the data set has them, received (uint16|float32), of which"):
        images.decode(data, 1, {"int16": (0, 1)})


def test_values_that_are_not_finite_are_refused():
    flat = np.full((4, 4), 0.5, np.float32)
    flat[0, 0] = np.nan
    for ranges in ({"float32": (0, 1)}, {}):  # the lack of a range is no reason: none is found of such images
        with refused(r"cannot be read: NaN or infinite values"):
            images.decode(encoded(Image.fromarray(flat), "TIFF"), 1, ranges)
    with refused(r"an array \(4, 4\) of float32 that cannot be read: NaN or infinite values"):
        images.decode(flat, 1, {"float32": (0, 1)})


def test_lab_becomes_rgb_and_grey():
    red = np.full((8, 8, 3), (138, 81, 70), np.uint8)  # L 54 of 100, a 81, b 70: sRGB red
    data = encoded(Image.frombytes("LAB", (8, 8), red.tobytes()), "TIFF")
    assert np.abs(images.decode(data, 3).astype(int) - (255, 0, 0)).max() < 12
    assert np.abs(images.decode(data, 1).astype(int) - 76).max() < 8  # 0.299 of 255


def test_deep_files_are_turned_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = images.decode(png(DEEP, chunk(b"eXIf", exif.tobytes()[6:])), 1, FULL)[:, :, 0]
    assert (turned == np.rot90(expected(DEEP, 0, 65535), -1)).all()
    assert (images.decode(tiff(DEEP, orientation=6), 1, FULL)[:, :, 0] == turned).all()


@pytest.mark.parametrize("kind", ["uint16", "int16", "int32", "float32", "float64"])
def test_arrays_are_scaled_as_files_are(kind):
    values = (np.arange(400).reshape(20, 20) * 10).astype(kind)
    expectation = expected(values, 0, 4095)
    for array in (values, values[:, :, None], np.repeat(values[:, :, None], 3, axis=2)):
        assert (images.decode(array, 3, {kind: (0, 4095)})[:, :, 0] == expectation).all()
        assert images.look(array) == (kind, 1)


def test_the_bits_that_a_file_declares_are_read():
    assert images.read(tiff(DEEP, white=4095)).white == 4095
    assert images.read(png(DEEP, chunk(b"sBIT", bytes([12])))).white == 4095
    assert images.read(png(COLOURS, chunk(b"sBIT", bytes([14] * 3)))).white == 16383
    assert images.read(png(DEEP)).white is images.read(tiff(DEEP)).white is None


@pytest.mark.parametrize(("content", "bits"), [(b"\x0a", 10), (b"", None), (b"\0", None), (b"\x63", None)])
def test_bits_that_a_png_file_declares(content, bits):
    stored = images.read(png(DEEP, chunk(b"sBIT", content)))
    assert stored.white == (None if bits is None else 2**bits - 1)
