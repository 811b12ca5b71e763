import io
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance, ImageFilter
from toys import REAL

from cnnbench.config import Data
from cnnbench.data import download, images
from cnnbench.data.raw import read_examples
from cnnbench.data.split import near_copies


def hexed(bits):
    return [row.tobytes().hex() for row in np.packbits(bits.astype(np.uint8), axis=1)]


def flipped(bits, where):
    bits = bits.copy()
    bits[list(where)] ^= 1
    return bits


def reference(looks):
    """The same by comparing every pair, one at a time."""
    numbers = [int(look, 16) if look else None for look in looks]
    found = [{look} for look in looks]
    for one, other in combinations(range(len(looks)), 2):
        if (
            None not in (numbers[one], numbers[other])
            and (numbers[one] ^ numbers[other]).bit_count() <= near_copies.NEAR
        ):
            joined = found[one] | found[other]
            found = [joined if group & joined else group for group in found]
    return [
        min(group) if look and (len(group) > 1 or looks.count(look) > 1) else ""
        for look, group in zip(looks, found, strict=True)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_those_of_comparing_every_pair(seed):
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, 2, (8, 256))
    rows = seeds[rng.integers(0, 8, 120)]
    for row in rows:  # from near its seed to too far, so that many distances lie just under and over the bound
        row[rng.choice(256, rng.integers(0, near_copies.NEAR + 3), replace=False)] ^= 1
    looks = [*hexed(rows), *hexed(rng.integers(0, 2, (20, 256))), "", "", hexed(rows)[0]]
    looks = [looks[index] for index in rng.permutation(len(looks))]
    expected = reference(looks)
    assert near_copies.cluster(looks) == expected
    assert 1 < len(set(expected)) < len(set(looks))


@pytest.mark.parametrize("spread", ["low", "high", "every"])
@pytest.mark.parametrize(("bits", "near"), [(near_copies.NEAR, True), (near_copies.NEAR + 1, False)])
def test_the_bound_is_exact_wherever_the_bits_lie(spread, bits, near):
    where = {"low": range(bits), "high": range(256 - bits, 256), "every": range(0, 12 * bits, 12)}[spread]
    one = np.random.default_rng(0).integers(0, 2, 256)
    looks = hexed(np.stack([one, flipped(one, where)]))
    assert near_copies.cluster(looks) == ([min(looks)] * 2 if near else ["", ""])


def test_a_chain_is_one_cluster():
    one = np.random.default_rng(1).integers(0, 2, 256)
    chain = hexed(np.stack([flipped(one, range(step * near_copies.NEAR)) for step in range(6)]))
    assert near_copies.cluster(chain) == [min(chain)] * 6
    assert near_copies.cluster([*chain[:2], *chain[3:]]) == [min(chain[:2])] * 2 + [min(chain[3:])] * 3


def test_names_do_not_depend_on_the_order():
    rng = np.random.default_rng(2)
    base = rng.integers(0, 2, (5, 256))
    looks = hexed(np.stack([flipped(base[i % 5], rng.choice(256, 9, replace=False)) for i in range(60)]))
    names = dict(zip(looks, near_copies.cluster(looks), strict=True))
    for _ in range(3):
        looks = [looks[index] for index in rng.permutation(len(looks))]
        assert near_copies.cluster(looks) == [names[look] for look in looks]


def test_exact_copies_share_a_hash_and_are_near():
    one, other = hexed(np.random.default_rng(3).integers(0, 2, (2, 256)))
    assert near_copies.cluster([one, other, one]) == [one, "", one]


@pytest.mark.parametrize("looks", [[], [""], ["", ""], ["ab" * 32]])
def test_where_nothing_is_near_there_is_no_name(looks):
    assert near_copies.cluster(looks) == [""] * len(looks)


def picture(seed, side=128):
    """Blobs, as an image has: a coarse random grid, scaled up."""
    grid = np.random.default_rng(seed).integers(0, 256, (12, 12), np.uint8)
    return Image.fromarray(grid).resize((side, side), Image.Resampling.BICUBIC)


def compressed(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


def looks(*pictures):
    return [near_copies.perceptual_hash(images.decode(np.asarray(image), 3)) for image in pictures]


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: compressed(image, 30),
        lambda image: image.resize((64, 64), Image.Resampling.BILINEAR),
        lambda image: image.resize((200, 200), Image.Resampling.BILINEAR),
        lambda image: ImageEnhance.Brightness(image).enhance(0.8),
        lambda image: ImageEnhance.Contrast(image).enhance(0.7),
        lambda image: image.filter(ImageFilter.GaussianBlur(1)),
        lambda image: Image.fromarray(np.roll(np.asarray(image.resize((512, 512))), 2, axis=1)),
    ],
)
def test_a_picture_changed_a_little_looks_alike(changed):
    for seed in range(5):
        found = near_copies.cluster(looks(picture(seed), changed(picture(seed)), picture(seed + 100)))
        assert found[0] == found[1] != ""
        assert found[2] == ""


def test_blank_and_nearly_blank_images_are_not_alike():
    rng = np.random.default_rng(0)
    blank = [np.full((64, 64, 3), value, np.uint8) for value in (0, 0, 255)]
    noise = [rng.integers(0, 4, (64, 64, 3), np.uint8) for _ in range(40)]
    assert near_copies.cluster([near_copies.perceptual_hash(pixels) for pixels in [*blank, *noise]]) == [""] * 43


@pytest.mark.skipif(not REAL.is_dir(), reason="no shared/data beside the repository")
def test_brain_slices_as_published(tmp_path):
    download.fetch("brain_tumor", Data(source="kaggle", examples=None, size=64), tmp_path, REAL)
    slices = [images.decode(example.data, 3) for example in read_examples(tmp_path) if example.label == 2]
    frame = pd.DataFrame(
        {"sha256": map(images.digest, slices), "perceptual_hash": map(near_copies.perceptual_hash, slices)}
    )
    frame["near"] = near_copies.cluster(frame["perceptual_hash"].tolist())
    exact = frame[frame["sha256"].duplicated(keep=False)]
    assert (len(exact), exact["sha256"].nunique()) == (472, 178)
    assert (exact["near"] != "").all()
    near = frame.loc[frame["near"] != "", "near"]
    assert len(near) > 2 * len(exact), "most copies are not exact"
    assert near.value_counts().max() < 40, "and no chain joins what is different"
