"""Images are brought to one size: stretched, padded or cropped."""

import numpy as np
import pytest

from cnnbench.data import images

CHECKS = np.kron(np.array([[0, 200], [200, 0]], np.uint8), np.ones((8, 8), np.uint8))[:, :, None]
WIDE = np.concatenate([np.full((20, 20, 3), value, np.uint8) for value in (40, 120, 200)], axis=1)  # 20 by 60


def test_resize_averages_and_keeps_channels():
    assert images.resize(CHECKS, (1, 1)).item() == 100
    assert images.resize(np.repeat(CHECKS, 3, axis=2), (4, 4)).shape == (4, 4, 3)
    assert images.resize(CHECKS, (16, 16)) is CHECKS


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_the_size_is_height_and_width(fit):
    assert images.resize(WIDE, (10, 30), fit).shape == (10, 30, 3)
    assert images.resize(WIDE[:, :, :1], (12, 8), fit).shape == (12, 8, 1)


def test_what_each_fit_does_to_a_wide_image():
    stretched, padded, cropped = (images.resize(WIDE, (10, 10), fit)[:, :, 0] for fit in ("stretch", "pad", "crop"))
    assert (stretched[0] == stretched).all()
    assert (stretched[0, 0], stretched[0, -1]) == (40, 200)
    # a third as high as it is wide, between black above and below
    assert not padded[:3].any()
    assert not padded[-3:].any()
    assert (padded[5, 0], padded[5, 5], padded[5, -1]) == (40, 120, 200)
    assert (cropped[:, 1:-1] == 120).all()  # the middle third


def test_an_image_of_the_right_shape_is_the_same_under_each_fit():
    each = [images.resize(WIDE, (10, 30), fit) for fit in ("stretch", "pad", "crop")]
    assert (each[0] == each[1]).all()
    assert (each[0] == each[2]).all()
