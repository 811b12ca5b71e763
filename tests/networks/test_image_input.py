"""The image networks' entrance: scale, colour, size, refusals."""

import keras
import numpy as np
import pytest

from cnnbench.core.errors import UserError
from cnnbench.networks._image import image_input


def entrance(*args, **kwargs):
    return keras.Model(*image_input(*args, **kwargs))


def run(model, images):
    return keras.ops.convert_to_numpy(model(images))


def test_takes_uint8_and_scales_to_one():
    model = entrance((2, 2, 3))
    images = np.arange(0, 255, 255 / 12).astype("uint8").reshape(1, 2, 2, 3)
    assert model.input.dtype == "uint8"
    np.testing.assert_allclose(run(model, images), images / 255.0, rtol=1e-6)


def test_repeats_grey_three_times():
    images = np.arange(12, dtype="uint8").reshape(1, 3, 4, 1)
    out = run(entrance((3, 4, 1)), images)
    np.testing.assert_allclose(out, np.repeat(images / 255.0, 3, axis=-1), rtol=1e-6)


@pytest.mark.parametrize("depth", [1, 3])
def test_leaves_the_channels_where_any_number_will_do(depth):
    assert entrance((3, 4, depth), channels=None).output.shape == (None, 3, 4, depth)


@pytest.mark.parametrize(
    ("sides", "enlarged"),
    [
        ((45, 45), (46, 46)),
        ((28, 30), (46, 50)),
        ((30, 28), (50, 46)),
        ((1, 1), (46, 46)),
        ((46, 90), (46, 90)),
    ],
)
def test_enlarges_in_proportion_until_the_shorter_side_will_do(sides, enlarged):
    assert entrance((*sides, 3), minimum=46).output.shape == (None, *enlarged, 3)


def test_enlarges_bilinearly():
    out = run(entrance((1, 2, 3), minimum=2), np.array([[[[0] * 3, [200] * 3]]], "uint8"))
    # Four columns from two, by half-pixel centres: the ends stay, the middle two are mixed 3:1 and 1:3.
    np.testing.assert_allclose(out[0, 0, :, 0] * 255, [0, 50, 150, 200], rtol=1e-5)


@pytest.mark.parametrize("shape", [(13, 1), (13,), (8, 8), (8, 8, 2), (8, 8, 4), (0, 8, 3), (None, 8, 3), (8.0, 8, 3)])
def test_refuses_what_is_not_an_image(shape):
    with pytest.raises(UserError, match=r"Expected an image of shape \(height, width, 1 or 3\), received \("):
        image_input(shape)
