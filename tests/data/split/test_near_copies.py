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


def to_hex(bits):
    return [row.tobytes().hex() for row in np.packbits(bits.astype(np.uint8), axis=1)]


def flip(bits, where):
    bits = bits.copy()
    bits[list(where)] ^= 1
    return bits


def reference(hashes):
    """The same by comparing every pair, one at a time."""
    numbers = [int(text, 16) if text else None for text in hashes]
    clusters = [{text} for text in hashes]
    for one, other in combinations(range(len(hashes)), 2):
        if (
            None not in (numbers[one], numbers[other])
            and (numbers[one] ^ numbers[other]).bit_count() <= near_copies.NEAR
        ):
            joined = clusters[one] | clusters[other]
            clusters = [joined if group & joined else group for group in clusters]
    return [
        min(group) if text and (len(group) > 1 or hashes.count(text) > 1) else ""
        for text, group in zip(hashes, clusters, strict=True)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_clusters_are_those_of_comparing_every_pair(seed):
    rng = np.random.default_rng(seed)
    seeds = rng.integers(0, 2, (8, 256))
    rows = seeds[rng.integers(0, 8, 120)]
    for row in rows:  # from near its seed to too far, so that many distances lie just under and over the bound
        row[rng.choice(256, rng.integers(0, near_copies.NEAR + 3), replace=False)] ^= 1
    hashes = [*to_hex(rows), *to_hex(rng.integers(0, 2, (20, 256))), "", "", to_hex(rows)[0]]
    hashes = [hashes[index] for index in rng.permutation(len(hashes))]
    expected = reference(hashes)
    assert near_copies.cluster(hashes) == expected
    assert 1 < len(set(expected)) < len(set(hashes))


@pytest.mark.parametrize("spread", ["low", "high", "every"])
@pytest.mark.parametrize(("bits", "near"), [(near_copies.NEAR, True), (near_copies.NEAR + 1, False)])
def test_the_bound_is_exact_wherever_the_bits_lie(spread, bits, near):
    where = {"low": range(bits), "high": range(256 - bits, 256), "every": range(0, 12 * bits, 12)}[spread]
    one = np.random.default_rng(0).integers(0, 2, 256)
    hashes = to_hex(np.stack([one, flip(one, where)]))
    assert near_copies.cluster(hashes) == ([min(hashes)] * 2 if near else ["", ""])


def test_a_chain_is_one_cluster():
    one = np.random.default_rng(1).integers(0, 2, 256)
    chain = to_hex(np.stack([flip(one, range(step * near_copies.NEAR)) for step in range(6)]))
    assert near_copies.cluster(chain) == [min(chain)] * 6
    assert near_copies.cluster([*chain[:2], *chain[3:]]) == [min(chain[:2])] * 2 + [min(chain[3:])] * 3


def test_names_do_not_depend_on_the_order():
    rng = np.random.default_rng(2)
    base = rng.integers(0, 2, (5, 256))
    hashes = to_hex(np.stack([flip(base[i % 5], rng.choice(256, 9, replace=False)) for i in range(60)]))
    names = dict(zip(hashes, near_copies.cluster(hashes), strict=True))
    for _ in range(3):
        hashes = [hashes[index] for index in rng.permutation(len(hashes))]
        assert near_copies.cluster(hashes) == [names[text] for text in hashes]


def test_exact_copies_share_a_hash_and_are_near():
    one, other = to_hex(np.random.default_rng(3).integers(0, 2, (2, 256)))
    assert near_copies.cluster([one, other, one]) == [one, "", one]


@pytest.mark.parametrize("hashes", [[], [""], ["", ""], ["ab" * 32]])
def test_where_nothing_is_near_there_is_no_name(hashes):
    assert near_copies.cluster(hashes) == [""] * len(hashes)


def picture(seed, side=128):
    """Blobs, as an image has: a coarse random grid, scaled up."""
    grid = np.random.default_rng(seed).integers(0, 256, (12, 12), np.uint8)
    return Image.fromarray(grid).resize((side, side), Image.Resampling.BICUBIC)


def compressed(image, quality):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue()))


def hash_pictures(*pictures):
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
        clusters = near_copies.cluster(hash_pictures(picture(seed), changed(picture(seed)), picture(seed + 100)))
        assert clusters[0] == clusters[1] != ""
        assert clusters[2] == ""


def test_hashes_are_those_of_the_library_imagehash():
    """Of version 4.3.2: `imagehash.phash(image, hash_size=16)`."""
    assert hash_pictures(picture(0), picture(1, side=50)) == [
        "c94e760f25dadd6cc2c68be4a26c27a52264c51b20397c645d1b839bdfce3ae4",
        "e1f0df1bfe07e7072ee46907962d6ae46e648864d35a30310193cdc62ca5779b",
    ]


def test_a_symmetric_picture_has_no_bits_of_rounding_noise():
    half = np.asarray(picture(0))[:, :64]
    (text,) = hash_pictures(Image.fromarray(np.concatenate([half, half[:, ::-1]], axis=1)))
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).reshape(16, 16)
    # frequencies that are odd from left to right are 0
    assert len(np.unique(bits[:, 1::2])) == 1


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
