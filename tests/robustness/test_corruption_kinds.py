"""Corruptions: stronger is further from the image, and an image gives the same pixels wherever it is corrupted."""

import numpy as np
import pytest

from cnnbench.config import KINDS
from cnnbench.robustness.kinds import STRENGTHS, corrupt


@pytest.fixture(params=[1, 3], ids=["grey", "RGB"])
def image(request):
    """A smooth image with edges."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 180, (8, 6, request.param))
    return np.kron(coarse, np.ones((7, 7, 1))).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
def test_a_corruption_keeps_shape_and_type_and_leaves_the_image_alone(kind, image):
    before = image.copy()
    for strength in STRENGTHS:
        found = corrupt(image, kind, strength, "a")
        assert (found.shape, found.dtype) == (image.shape, np.uint8)
        assert (found != image).any()
    assert (image == before).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "shift"])
def test_a_stronger_one_is_further_from_the_image(kind, image):
    first, last = (
        np.abs(corrupt(image, kind, strength, "a").astype(int) - image).mean() for strength in (1, STRENGTHS[-1])
    )
    assert first < last


def test_a_stronger_shift_moves_further():
    spot = np.zeros((100, 100, 1), np.uint8)
    spot[50, 50] = 255

    def distance(strength, name):
        row, column, _ = np.unravel_index(corrupt(spot, "shift", strength, name).argmax(), spot.shape)
        return np.hypot(row - 50, column - 50)

    for strength in STRENGTHS:
        assert distance(strength, "a") == pytest.approx(2 * strength, abs=1)
    assert len({tuple(np.argwhere(corrupt(spot, "shift", 5, name))[0]) for name in "abcdef"}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_depends_on_the_image_s_id_alone(kind, image):
    once, again = (corrupt(image, kind, 3, "a") for _ in range(2))
    assert (once == again).all()
    drawn = kind in ("gaussian_noise", "shift")
    assert (once != corrupt(image, kind, 3, "another")).any() == drawn


def test_the_pixels_are_those_that_they_were():
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert corrupt(image, "contrast", 1, "a")[0, 0].tolist() == [14, 14, 16]
    assert corrupt(image, "brightness", 5, "a")[0, 0].tolist() == [128, 128, 130]
    assert corrupt(image, "gaussian_noise", 1, "a")[0, 0].tolist() == [0, 0, 9]
