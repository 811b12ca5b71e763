"""What a file says beside its pixels: the orientation is read, the rest is ignored, warnings name no file of ours."""

import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from deep_files import chunk, png
from PIL import Image, ImageOps
from toys import encoded

from cnnbench.data import images
from cnnbench.data.images import hearing

GREY = (np.arange(48).reshape(6, 8) * 5).astype(np.uint8)


def exif(orientation, *entries):
    """EXIF data of an orientation and further tags (number, type, count, value), little-endian."""
    tags = sorted([(0x0112, 3, 1, orientation), *entries])
    body = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(tags)) + body + struct.pack("<I", 0)


MALFORMED = {
    "a text where a number goes": (0x011A, 2, 4, 0x00626161),
    "a fraction without a place": (0x0132, 5, 1, 0xFFFFFF),
    "a count beyond the data": (0x010F, 2, 2**31, 8),
    "an unknown type": (0x9999, 77, 1, 1),
    "a folder of tags nowhere": (0x8769, 4, 1, 0xFFFFFF),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_is_that_of_pillow(kind, orientation):
    image = Image.fromarray(np.kron(GREY, np.ones((8, 8), np.uint8)))
    upright = images.decode(encoded(image, kind), 1)[:, :, 0]
    tags = Image.Exif()
    tags[0x0112] = orientation
    plain = Image.fromarray(upright)
    plain.getexif()[0x0112] = orientation
    assert (
        images.decode(encoded(image, kind, exif=tags), 1)[:, :, 0] == np.asarray(ImageOps.exif_transpose(plain))
    ).all()


@pytest.mark.parametrize("orientation", [0, 9, 99])
def test_an_orientation_that_does_not_exist_is_none(orientation):
    assert images.decode(encoded(Image.fromarray(GREY), "PNG", exif=exif(orientation)), 1).shape == (6, 8, 1)


@pytest.mark.parametrize("tag", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_malformed_tag_drops_no_image_and_leaves_it_upright(tag, kind):
    data = encoded(Image.fromarray(GREY), kind, exif=exif(6, tag))
    pixels = images.decode(data, 1)
    assert pixels.shape == (8, 6, 1)
    assert np.abs(pixels[:, :, 0].astype(int) - np.rot90(GREY, -1)).mean() < 8


TEXT = b"Comment\0" + b"x" * 2_000_000
LARGE = {
    "text": chunk(b"tEXt", TEXT),
    "compressed text": chunk(b"zTXt", b"Comment\0\0" + zlib.compress(TEXT)),
    "international text": chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(TEXT)),
    "colour profile": chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(2_000_000))),
    "wrong checksum": chunk(b"tEXt", b"a\0b")[:-1] + b"!",
}


@pytest.mark.parametrize("extra", LARGE.values(), ids=LARGE)
def test_large_or_damaged_texts_and_profiles_drop_no_png(extra):
    whole = png(GREY)
    end = whole.rindex(b"IEND") - 4
    for data in (png(GREY, extra), whole[:end] + extra + whole[end:]):
        assert (images.decode(data, 1)[:, :, 0] == GREY).all()
    turned = png(GREY, chunk(b"eXIf", exif(6)[6:]), extra)
    assert (images.decode(turned, 1)[:, :, 0] == np.rot90(GREY, -1)).all()


def test_pixels_that_are_damaged_still_drop_it():
    data = bytearray(png(GREY, LARGE["text"]))
    data[data.rindex(b"IDAT") + 8] ^= 0xFF
    with pytest.raises(images.decoding.UserError, match="cannot be read"):
        images.decode(bytes(data), 1)


def test_png_data_that_differ_from_their_checksum_are_told():
    """Pillow does not compare it, and inflates most damage to other pixels without a word."""
    whole = png(GREY)
    place = whole.index(b"IDAT") + 4 + int.from_bytes(whole[whole.index(b"IDAT") - 4 : whole.index(b"IDAT")], "big")
    data = whole[:place] + bytes(4) + whole[place + 4 :]
    assert images.examine(whole, 1).warnings == ()
    assert images.examine(data, 1).warnings == ("damaged PNG data: they differ from their checksum",)
    assert (images.decode(data, 1) == images.decode(whole, 1)).all()


def test_an_orientation_whose_checksum_is_wrong_drops_no_png():
    broken = chunk(b"eXIf", exif(6)[6:])[:-4] + bytes(4)
    assert (images.decode(png(GREY, broken), 1) == images.decode(png(GREY), 1)).all()


def test_warnings_of_pillow_are_collected_and_reach_nobody_else(capfd):
    data = encoded(Image.fromarray(GREY), "JPEG", exif=exif(6)[:20])
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as the tests have it anyway
        told = images.examine(data, 1).warnings
    assert len(told) == 1
    assert told[0].startswith("Corrupt EXIF data")
    assert "site-packages" not in told[0]
    assert capfd.readouterr() == ("", "")


def test_each_thread_hears_its_own_warnings():
    def warn(name):
        for _ in range(50):
            with hearing.caught() as heard:
                warnings.warn_explicit(name, UserWarning, "Image.py", 1, module="PIL.Image")
            results.append((name, heard))

    results = []
    before = warnings.showwarning
    threads = [threading.Thread(target=warn, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 200
    assert all(heard == [name] for name, heard in results)
    assert warnings.showwarning is before
    with pytest.raises(UserWarning, match="ours"), hearing.caught():
        warnings.warn("ours", stacklevel=1)
