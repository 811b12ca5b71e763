"""One range of values for a data set: how it is found."""

import numpy as np
import pytest

from cnnbench.data.images import ranges
from cnnbench.data.images.stored import Stored


def measure(values, **declared):
    return ranges.measure(Stored(np.asarray(values), **declared))


def ramp(low, high, kind="uint16", size=4000):
    return np.linspace(low, high, size).astype(kind).reshape(50, -1)


def find(*images, **declared):
    return ranges.find([measure(image, **declared) for image in images])[:2]


@pytest.mark.parametrize(
    ("high", "expected"),
    [(1, 255), (255, 255), (256, 1023), (1023, 1023), (4095, 4095), (4200, 16383), (16383, 16383), (17000, 65535)],
)
@pytest.mark.parametrize("kind", ["uint16", "int32", "uint32", "float32"])
def test_whole_numbers_take_the_bits_in_use(high, expected, kind):
    if kind == "float32" and high == 1:
        return  # 0 and 1 in floats are shares
    values = np.rint(ramp(0, high, "float64")).astype(kind)
    assert find(values) == (0, expected)
    assert find(values, np.zeros_like(values)) == (0, expected)  # the widest image decides


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, (0, 1)),
        (0.1, 0.9, (0, 1)),
        (-0.004, 1.004, (0, 1)),
        (-1, 1, (-1, 1)),
        (-1.01, 1.02, (-1, 1)),
        (0.5, 254.7, (0, 255)),
        (-2.5, 256.3, (0, 255)),
        (0.25, 3000.5, (0.25, 3000.5)),
        (-3.5, 2.5, (-3.5, 2.5)),
        (0, 0.01, (0, 0.01)),
    ],
)
def test_floats_take_the_usual_scale_that_holds_them(low, high, expected):
    values = ramp(low, high, "float64", 900)  # of 900 pixels one at either end does not count
    found = find(values)
    assert np.allclose(found, expected, atol=(high - low) / 400)


def test_floats_of_zeros_and_ones_are_shares():
    assert find(ramp(0, 1, "float32") > 0.5) is not None
    assert find((ramp(0, 1, "float32") > 0.5).astype(np.float32)) == (0, 1)


def test_negative_values_keep_their_own_range():
    assert find(ramp(-1024, 3071, "int16"), ramp(-900, 100, "int16")) == pytest.approx((-1024, 3071), abs=10)


@pytest.mark.parametrize("size", [300, 4000, 100_000])
def test_outliers_do_not_count_and_wider_images_do(size):
    values = ramp(0, 255, "int32", size)
    dead = values.copy()
    dead.flat[7] = 2**30
    assert find(values, dead) == (0, 255)
    many = values.copy()
    many.flat[: size // 100] = 5000
    assert find(values, many) == (0, 16383)


def test_a_float_that_overshoots_leaves_the_scale_alone():
    values = ramp(0, 1, "float32")
    values.flat[:4] = 1.3
    assert find(values) == (0, 1)


def test_what_every_file_declares_comes_first():
    dark = ramp(0, 900)
    assert find(dark, dark, white=4095) == (0, 4095)
    assert ranges.find([measure(dark, white=4095), measure(dark)])[:2] == (0, 1023)
    assert ranges.find([measure(dark, white=4095), measure(dark, white=16383)])[:2] == (0, 1023)
    assert find(ramp(0, 65520), white=4095) == (0, 65535)  # declares 12 bits, and holds them in the upper ones
    assert find(dark, white=65535) == (0, 1023)  # declares 16 bits, and has 10
    assert find(np.zeros((4, 4), np.uint16), white=0) == (0, 255)
    assert find(dark, dark, window=(100, 300)) == (100, 300)
    assert ranges.find([measure(dark, window=(100, 300)), measure(dark, window=(0, 300))])[:2] == (0, 1023)


def test_one_value_alone_is_a_range_too():
    for values in (np.zeros((4, 4), np.uint16), np.full((4, 4), -7, np.int16), np.full((4, 4), 1e6, np.float32)):
        low, high = find(values)
        assert low < high
    low, high = find(np.full((4, 4), -1e30, np.float32))
    assert low < high


def test_levels_that_are_left():
    one = measure(ramp(0, 4095))
    assert ranges.kept_levels(one, 0, 4095) > 250
    assert ranges.kept_levels(one, 0, 65535) == 17
    assert ranges.kept_levels(one, 5000, 6000) == 1
    assert ranges.kept_levels(measure(np.array([[0, 1]], np.uint16)), 0, 1) == 2


@pytest.mark.parametrize(
    ("kind", "marker", "high"), [("int16", -32768, 3000), ("float32", -9999, 1), ("uint16", 65535, 2000)]
)
def test_a_marker_far_from_all_values_takes_their_levels(kind, marker, high):
    """As background or what could not be measured is marked."""
    one = measure(np.concatenate([np.full((9, 80), marker, kind), ramp(0, high, kind)]))
    low, high, _ = ranges.find([one])
    assert one.levels >= 64
    assert ranges.kept_levels(one, low, high) < 32


def test_hidden_pixels_do_not_count():
    values, seen = ramp(0, 2000), np.ones((50, 80))
    values[:9], seen[:9] = 65535, 0
    assert find(values, opacity=seen) == (0, 4095)
    assert find(values, opacity=np.zeros((50, 80)))[1] == 65535  # nothing else is there


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_percentiles_are_those_of_all_pixels_together(kind):
    images = [ramp(0, 1000, kind), ramp(500, 4000, kind, 8000), np.full((10, 10), 60_000, kind)]
    histogram = ranges.Histogram(0, 60_000, whole=kind == "uint16")
    for image in images:
        histogram.add(histogram.count(image))
    whole = np.concatenate([image.ravel() for image in images])
    for percent in ranges.PERCENTILES:
        assert histogram.percentile(percent) == pytest.approx(np.percentile(whole, percent), abs=3)


def test_values_that_are_not_finite_have_no_range():
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match="NaN or infinite"):
            measure(np.array([[0.5, bad]]))
