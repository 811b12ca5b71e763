"""Brushes on numbers that can be computed by hand."""

import numpy as np
import pytest

from cnnbench.data.sets._drawing import brushes


def test_plane_holds_the_centres_of_pixels():
    x, y = brushes.plane(4)
    assert x[0, 0].tolist() == y[0, :, 0].tolist() == [-0.75, -0.25, 0.25, 0.75]


def test_a_soft_edge_is_half_at_the_edge():
    assert brushes.soften_edge(np.array([-1.0, 0.0, 0.025, 1.0]), 0.1) == pytest.approx([1, 0.5, 0.25, 0])


def test_clouds_have_mean_0_and_variance_1_at_every_pixel():
    fields = brushes.clouds(np.random.default_rng(0), 4000, 12, 3.3)
    assert fields.shape == (4000, 12, 12)
    assert np.abs(fields.mean(axis=0)).max() < 0.08
    assert fields.var(axis=0) == pytest.approx(np.ones((12, 12)), abs=0.12)


def test_finer_clouds_change_faster():
    coarse, fine = (brushes.clouds(np.random.default_rng(0), 50, 32, cells) for cells in (2, 16))
    assert np.diff(fine, axis=1).var() > 10 * np.diff(coarse, axis=1).var()


def test_an_outline_without_wobble_is_a_circle():
    x, y = brushes.plane(8)
    radius = np.full((3, 1, 1), 0.5, np.float32)
    outside = brushes.outline(np.random.default_rng(0), x, y, radius, radius * 0, 4)
    assert outside == pytest.approx(np.broadcast_to(np.hypot(x, y) - 0.5, (3, 8, 8)), abs=1e-6)


def test_rotated_axes_keep_distances():
    x, y = brushes.rotate_axes(np.float32(3), np.float32(4), np.pi / 2)
    assert (x, y) == (pytest.approx(4), pytest.approx(-3))


def test_level_means_reaches_its_target():
    images = np.random.default_rng(0).random((2, 5, 5, 3), dtype=np.float32)
    target = np.array([0.2, 0.5, 0.7], np.float32)
    assert brushes.level_means(images, target).mean(axis=(1, 2)) == pytest.approx(np.tile(target, (2, 1)), abs=1e-6)


def test_painting_rounds_clips_and_repeats_grey(monkeypatch):
    monkeypatch.setattr(brushes, "CHUNK", 2 * 2**2)  # two pictures of 2x2 at a time
    parts = []

    def paint(part):
        parts.append((part.start, part.stop))
        return np.full((part.stop - part.start, 2, 2, 1), [[[[1.7]]], [[[0.5]]]][part.start // 2])

    images = brushes.paint_pictures(3, 2, paint)
    assert parts == [(0, 2), (2, 3)]
    assert images.shape == (3, 2, 2, 3)
    assert images[:, 0, 0].tolist() == [[255] * 3, [255] * 3, [128] * 3]


def test_shrinking_takes_means_of_squares():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    assert brushes.shrink(image, 2)[0, :, :, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]


def test_labels_are_balanced():
    assert sorted(np.bincount(brushes.balance_labels(np.random.default_rng(0), 11, 4)).tolist()) == [2, 3, 3, 3]
