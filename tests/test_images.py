import io

import numpy as np
import pytest
from PIL import Image

from cnnbench import images
from cnnbench.errors import UserError

GREY = (np.arange(48).reshape(6, 8) * 5).astype(np.uint8)


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_the_mode_a_file_was_saved_in_leaves_no_trace(mode):
    for channels in (1, 3):
        pixels = images.decode(encoded(Image.fromarray(GREY).convert(mode)), channels)
        assert pixels.shape == (6, 8, channels)
        assert pixels.dtype == np.uint8
        assert all((pixels[:, :, channel] == GREY).all() for channel in range(channels))


def test_arrays_take_the_same_form_as_files():
    grey = images.decode(GREY[:, :, None], 3)
    assert (grey == images.decode(encoded(Image.fromarray(GREY)), 3)).all()
    colour = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert (images.decode(colour, 3) == colour).all()
    assert (images.decode(colour, 1) == images.decode(encoded(Image.fromarray(colour)), 1)).all()


def test_a_photograph_taken_on_its_side_is_turned():
    turned = Image.fromarray(GREY)
    exif = turned.getexif()
    exif[0x0112] = 6  # to be shown turned a quarter clockwise
    assert images.decode(encoded(turned, exif=exif), 1).shape == (8, 6, 1)


def test_what_is_no_image_is_refused():
    with pytest.raises(UserError, match="Expected an image file, received 5 bytes"):
        images.decode(b"hello", 3)


def test_resize_averages_and_keeps_channels():
    checks = np.kron(np.array([[0, 200], [200, 0]], np.uint8), np.ones((8, 8), np.uint8))[:, :, None]
    assert images.resize(checks, 1).item() == 100
    assert images.resize(np.repeat(checks, 3, axis=2), 4).shape == (4, 4, 3)
    assert images.resize(checks, 16) is checks


def test_digest_is_of_content_shape_and_type():
    pixels = np.zeros((4, 2, 1), np.uint8)
    assert images.digest(pixels) == images.digest(pixels.copy())
    assert len({images.digest(a) for a in (pixels, pixels + 1, pixels.reshape(2, 4, 1), pixels.astype(np.int8))}) == 4
