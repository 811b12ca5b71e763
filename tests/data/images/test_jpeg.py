"""JPEG files: damage that Pillow does not tell, and decoding at a fraction of the size."""

import io

import numpy as np
import pytest
from PIL import Image
from toys import encoded

from cnnbench.data import images


def photo(height=300, width=400, flat=False):
    """A smooth picture with grain; with black borders where it is flat."""
    rng = np.random.default_rng(0)
    waves = Image.fromarray(rng.integers(40, 215, (height // 20, width // 20, 3), np.uint8)).resize((width, height))
    pixels = np.clip(np.asarray(waves).astype(int) + rng.integers(-6, 7, (height, width, 3)), 0, 255).astype(np.uint8)
    if flat:
        pixels[:, : width // 3] = 0
        pixels[-height // 4 :] = 0
    return Image.fromarray(pixels)


SOUND = {
    "plain": {},
    "coarse": {"quality": 30},
    "fine": {"quality": 100, "subsampling": 0},
    "optimised": {"optimize": True},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
}
FULL = (10_000, 10_000)  # nothing is decoded at a fraction


def warnings(data, at_least=FULL):
    return images.examine(data, 3, at_least=at_least).warnings


@pytest.mark.parametrize("options", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("flat", [False, True])
def test_sound_files_raise_no_alarm_and_have_pillows_pixels(options, mode, flat):
    image = photo(flat=flat).convert(mode)
    data = encoded(image, "JPEG", **options)
    assert warnings(data) == warnings(data, (60, 80)) == ()
    assert warnings(data + b"\0" * 100) == ()  # what follows the end of the image is none of it
    if mode == "RGB":
        with Image.open(io.BytesIO(data)) as whole:
            assert (images.decode(data, 3) == np.asarray(whole)).all()


@pytest.mark.parametrize("slope", [(0, 0), (1, 1), (4, 4), (2, 0), (32, 0)])
@pytest.mark.parametrize("quality", [75, 95])
def test_large_even_pictures_raise_no_alarm(slope, quality):
    """As drawings are, and the black around a film: the scans of a progressive file that refine others are zeros."""
    down, across = np.mgrid[:1024, :1024]
    pixels = ((across * slope[0] + down * slope[1]) % 256).astype(np.uint8)
    assert warnings(encoded(Image.fromarray(pixels), "JPEG", progressive=True, quality=quality)) == ()


@pytest.mark.parametrize("options", SOUND.values(), ids=SOUND)
@pytest.mark.parametrize("count", [50, 200, 1000])
def test_zeroed_bytes_are_told(options, count):
    data = bytearray(encoded(photo(), "JPEG", **options))
    place = len(data) * 2 // 3 - count // 2
    data[place : place + count] = bytes(count)
    assert len(warnings(bytes(data))) == 1
    assert warnings(bytes(data))[0].startswith("damaged JPEG data: ")


def test_data_that_are_lost_or_too_many_are_told():
    data = encoded(photo(), "JPEG")
    half = len(data) // 2
    assert warnings(data[:half] + data[half + 900 :]) == ("damaged JPEG data: they end before the last pixel",)
    assert warnings(data[:half] + data[half - 900 :]) == ("damaged JPEG data: they end after the last pixel",)


def test_a_phones_file_with_a_preview_is_sound():
    data = encoded(photo(), "MPO", save_all=True, append_images=[photo(60, 80)])
    assert warnings(data) == ()
    assert images.decode(data, 3).shape == (300, 400, 3)


@pytest.mark.parametrize(
    ("at_least", "shape"),
    [
        (None, (1200, 1600)),
        ((601, 801), (1200, 1600)),
        ((600, 800), (600, 800)),
        ((200, 300), (300, 400)),
        ((1, 1), (150, 200)),
    ],
)
def test_large_files_are_decoded_at_a_fraction_that_will_do(at_least, shape):
    assert images.decode(encoded(photo(1200, 1600), "JPEG"), 3, at_least=at_least).shape == (*shape, 3)
    assert images.decode(encoded(photo(1200, 1600), "PNG"), 3, at_least=at_least).shape == (1200, 1600, 3)


def test_a_photograph_on_its_side_is_decoded_at_the_same_fraction():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(photo(800, 1600), "JPEG", exif=exif)
    assert images.decode(data, 3).shape == (1600, 800, 3)
    assert images.decode(data, 3, at_least=(800, 400)).shape == (800, 400, 3)


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_a_fraction_gives_nearly_the_pixels_of_the_whole(fit):
    data = encoded(photo(1200, 1600), "JPEG", quality=95)
    whole = images.resize(images.decode(data, 3), (150, 150), fit)
    quick = images.prepare(data, (150, 150, 3), fit=fit)
    assert np.abs(whole.astype(int) - quick).mean() < 1


def test_images_below_twice_the_size_are_decoded_whole():
    data = encoded(photo(), "JPEG")
    assert (images.prepare(data, (151, 201, 3)) == images.resize(images.decode(data, 3), (151, 201))).all()
