"""Copies of what a network has seen, in another data set."""

import numpy as np
import pytest

from cnnbench.external import overlap


class Set:
    """Examples in memory."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def gather(self, rows):
        return self.images[list(rows)]


@pytest.fixture
def images():
    """Ten images that do not look alike."""
    rng = np.random.default_rng(0)
    return np.kron(rng.integers(0, 256, (10, 8, 8, 1)), np.ones((1, 8, 8, 1))).astype(np.uint8)


def find(tested, seen, near=True, group=()):
    mask = np.isin(np.arange(len(tested)), group)
    return overlap.find(Set(tested), Set(seen), mask, near=near)


def test_exact_and_near_copies_are_told_apart(images):
    tested = images.copy()
    tested[1] = np.clip(tested[1].astype(int) + 3, 0, 255)  # brighter by 3 of 255
    found = find(tested, images[:2])
    assert found.copy.tolist() == [True] + [False] * 9
    assert found.near.tolist() == [False, True] + [False] * 8
    assert found.counts() == {"exact copies": 1, "near copies": 1}


def test_look_alikes_count_only_where_they_are_looked_for(images):
    tested = np.clip(images[:1].astype(int) + 3, 0, 255).astype(np.uint8)
    assert find(tested, images).any.all()
    assert not find(tested, images, near=False).any.any()


def test_what_was_seen_twice_over_is_counted_once(images):
    found = find(images[:3], images[:1], group=[0, 2])
    assert found.counts() == {"exact copies": 1, "of a group in common": 1}
    assert found.any.tolist() == [True, False, True]


def test_blank_images_are_copies_by_content_alone(images):
    blank = np.full_like(images[:1], 7)
    assert find(blank, blank).counts() == {"exact copies": 1}
    assert find(blank, np.full_like(blank, 8)).counts() == {}
