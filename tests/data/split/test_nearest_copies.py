"""Pairs of copies across parts, with pictures."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from toys import SPLIT, encoded, film

from cnnbench.config import Rule
from cnnbench.data import leakage
from cnnbench.data.split import nearest_copies, split_file


def slice_of(seed, brighter=0):
    """A smooth picture, whose brighter copy is a near copy of it."""
    noise = np.random.default_rng(seed).integers(20, 200, (6, 6), np.uint8)
    image = Image.fromarray(noise).resize((150, 120), Image.Resampling.BICUBIC)
    return encoded(image.point(lambda value: min(255, value + brighter)))


@pytest.fixture
def made(chest):
    """Films of 40 patients; five patients have their images in the one class again: 3 brighter, 2 the same."""

    def make(near_copies, extra=()):
        names = {f"train/NORMAL/IM-{n:04}-0001.jpeg": slice_of(n) for n in range(40)}
        names |= {f"train/PNEUMONIA/person{n}_bacteria_1.jpeg": slice_of(100 + n) for n in range(40)}
        names |= {f"train/PNEUMONIA/person{50 + n}_bacteria_1.jpeg": slice_of(n, 20 * (n < 3)) for n in range(5)}
        raw = chest(names | dict(extra))
        return raw, split_file.make(raw, SPLIT, Rule(protocol="image-level", near_copies=near_copies))

    return make


def put(frame, ids, part):
    frame.loc[frame["id"].isin(ids), "split"] = part


def test_the_nearest_pairs_are_listed_with_pictures(made):
    raw, frame = made("report")
    frame["split"] = "train"
    copies = [f"train/PNEUMONIA/person{50 + n}_bacteria_1.jpeg" for n in range(5)]
    put(frame, copies, "test")
    pairs = nearest_copies.find(frame, raw)
    assert [pair.test for pair in pairs if pair.bits is None] == copies[3:]
    assert sorted(pair.test for pair in pairs if pair.bits is not None) == copies[:3]
    for pair in pairs:
        assert pair.seen == f"train/NORMAL/IM-{int(pair.test[22:24]) - 50:04}-0001.jpeg"
        assert (pair.part, pair.labels) == ("train", ("PNEUMONIA", "NORMAL"))
        assert [image_size(picture) for picture in pair.pictures] == [(96, 77)] * 2
    bits = [pair.bits for pair in pairs[2:]]
    assert bits == sorted(bits)
    assert max(bits) <= 20
    audit = leakage.audit(frame, "report", ("NORMAL", "PNEUMONIA"), pairs)
    assert (audit.used.exact.test_across, audit.used.near.test_across, audit.used.test_concerned) == (2, 5, 5)
    assert nearest_copies.find(frame.sample(frac=1, random_state=1), raw) == pairs


def image_size(picture):
    return Image.open(io.BytesIO(base64.b64decode(picture))).size


def test_near_copies_that_are_not_looked_for_have_no_pairs(made):
    raw, frame = made("ignore")
    frame["split"] = "train"
    put(frame, [f"train/PNEUMONIA/person{50 + n}_bacteria_1.jpeg" for n in range(5)], "test")
    assert [pair.bits for pair in nearest_copies.find(frame, raw)] == [None, None]


def test_a_long_list_is_cut_and_each_kind_has_its_share(made):
    many = {f"train/NORMAL/IM-9{n:03}-0001.jpeg": slice_of(7) for n in range(30)}
    raw, frame = made("report", many)
    frame["split"] = "train"
    put(frame, [*many, *(f"train/PNEUMONIA/person{50 + n}_bacteria_1.jpeg" for n in range(5))], "test")
    pairs = nearest_copies.find(frame, raw)
    assert len([pair for pair in pairs if pair.bits is None]) == nearest_copies.LISTED
    assert len([pair for pair in pairs if pair.bits is not None]) == 3


def test_images_of_one_colour_are_copies_without_a_hash(chest):
    blank = encoded(Image.new("L", (30, 30), 9))
    raw = chest(
        {
            f"train/{name}-0001.jpeg": film(n)
            for n in range(12)
            for name in (f"NORMAL/IM-{n:04}", f"PNEUMONIA/person{n}_a")
        }
        | {f"train/NORMAL/IM-{9000 + n}-0001.jpeg": blank for n in range(12)}
    )
    frame = split_file.make(raw, SPLIT, Rule(protocol="image-level", near_copies="join"))
    pairs = nearest_copies.find(frame, raw)
    assert pairs
    assert all(pair.bits is None for pair in pairs if "IM-90" in pair.test)


def test_rows_of_features_have_no_pictures(housing):
    assert nearest_copies.find(housing.split.assign(perceptual_hash=""), housing.raw) == ()
