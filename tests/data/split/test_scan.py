"""Examples that cannot be used: dropped with a reason, counted, listed, and not in the cache."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from toys import SPLIT, encoded, film

from cnnbench.config import Rule
from cnnbench.data import leakage
from cnnbench.data.cache import writer
from cnnbench.data.images import limits
from cnnbench.data.records import reader, schema
from cnnbench.data.split import scan, split_file

IGNORE = Rule(near_copies="ignore")
WHOLE = film(1000, side=40)
BAD = {
    "empty": (b"", "unreadable: Expected an image file, received 0 bytes that cannot be read."),
    "no image": (b"<html>not found</html>", "unreadable: Expected an image file, received 22 bytes"),
    "cut short": (WHOLE[: len(WHOLE) // 2], "unreadable: Expected an image file, received .* truncated"),
    "strip of 2x26": (encoded(Image.new("RGB", (2, 26))), "too small: 2x26 pixels, a side under 16"),
    "one side short": (encoded(Image.new("RGB", (15, 400))), "too small: 15x400 pixels, a side under 16"),
    "bomb": (encoded(Image.new("L", (100, 100))), "unreadable: .* 100x100 pixels, more than 9,999"),
    "long bomb": (encoded(Image.new("1", (1, 2**15 + 1))), "unreadable: .* 1x32769 pixels, more than"),
}


@pytest.fixture
def films(monkeypatch):
    """Thirty good films of either class, and one of each kind of bad."""
    monkeypatch.setattr(limits, "MAX_PIXELS", 9_999)
    good = {
        f"train/{label}/IM-{index:04d}-{label}.jpeg": film(index + 100 * (label == "NORMAL"))
        for index in range(30)
        for label in ("NORMAL", "PNEUMONIA")
    }
    return good | {f"train/NORMAL/IM-9000-{name}.jpeg": content for name, (content, _) in BAD.items()}


def test_each_is_dropped_with_its_reason_and_the_rest_is_kept(chest, films):
    frame = split_file.make(chest(films), SPLIT, IGNORE).set_index("id")
    dropped = frame[frame["dropped"] != ""]
    assert len(frame) == len(films)
    assert len(dropped) == len(BAD)
    for name, (_, reason) in BAD.items():
        row = dropped.loc[f"train/NORMAL/IM-9000-{name}.jpeg"]
        assert row["fold"] == -1
        assert row["split"] == ""
        assert re.match(reason, row["dropped"]), row["dropped"]
    listed = leakage.audit(frame.reset_index(), "ignore").dropped
    assert listed.reasons == {"too small": 2, "unreadable": 5}
    assert [entry.id for entry in listed.examples] == sorted(dropped.index)
    counts = split_file.counts(frame, ("NORMAL", "PNEUMONIA"))
    assert sum(counts[part]["NORMAL"] for part in counts) == 30


def test_the_dropped_are_not_in_the_cache(chest, films, tmp_path):
    raw = chest(films)
    frame = split_file.make(raw, SPLIT, IGNORE)
    known = writer.write(raw, frame, tmp_path / "records" / raw.name, (16, 16))
    assert known.examples == 60
    cached = reader.load(tmp_path / "records" / raw.name, schema.read(tmp_path / "records" / raw.name), list(range(10)))
    assert sorted(cached.ids) == frame.loc[frame["dropped"] == "", "id"].tolist()


def test_the_split_file_lists_them_in_the_same_bytes_every_time(chest, films, tmp_path):
    raw = chest(films)
    for name in ("one", "two"):
        split_file.write(tmp_path / f"{name}.parquet", split_file.make(raw, SPLIT, IGNORE))
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert (pd.read_parquet(tmp_path / "one.parquet")["dropped"] != "").sum() == len(BAD)


def test_a_side_of_the_minimum_will_do(chest):
    frame = scan.scan(chest({"train/NORMAL/a.jpeg": film(0, side=scan.MIN_SIDE)}), perceptual=True)
    assert frame["dropped"].tolist() == [""]
    assert frame["perceptual_hash"].iloc[0]


def test_perceptual_hashes_are_computed_only_where_asked_for_and_of_what_can_be_seen(chest):
    raw = chest({"train/NORMAL/a.jpeg": film(0), "train/NORMAL/b.jpeg": BAD["strip of 2x26"][0]})
    normal, small = scan.scan(raw, perceptual=True)["perceptual_hash"]
    assert normal
    assert not small
    assert not scan.scan(raw, perceptual=False)["perceptual_hash"].any()


def test_names_that_need_quoting_are_kept_as_they_are(chest):
    names = [f"train/NORMAL/{stem}.jpeg" for stem in ("a b", "ä ö 肺", 'it\'s "x", y', "<script>alert(1)<", "-")]
    frame = scan.scan(chest({name: film(index) for index, name in enumerate(names)}), perceptual=False)
    assert frame["id"].tolist() == sorted(names)


def test_the_order_is_that_of_ids_whatever_the_archive(digits):
    frame = scan.scan(digits.raw, perceptual=False)
    assert frame["id"].is_monotonic_increasing
    assert list(frame.columns) == scan.COLUMNS
    assert np.array_equal(frame["sha256"], digits.split["sha256"])


def test_what_is_odd_about_a_file_is_told_with_its_id_and_the_image_stays(chest):
    damaged, odd = bytearray(film(1, side=200)), Image.fromarray(np.zeros((20, 20), np.uint8))
    damaged[len(damaged) // 2 : len(damaged) // 2 + 200] = bytes(200)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0"  # five tags, of which none follows
    films = {"a": film(0), "b": bytes(damaged), "c": encoded(odd, "JPEG", exif=exif)}
    frame = scan.scan(chest({f"train/NORMAL/{name}.jpeg": data for name, data in films.items()}), perceptual=True)
    assert frame["dropped"].tolist() == [""] * 3
    sound, broken, metadata = frame["warning"]
    assert not sound
    assert broken.startswith("damaged JPEG data: ")
    assert metadata.startswith("Corrupt EXIF data")


def test_large_jpeg_files_are_scanned_at_a_fraction_and_alike_in_each_copy(chest, monkeypatch):
    sizes = []
    monkeypatch.setattr(scan.images, "digest", lambda pixels: sizes.append(pixels.shape[:2]) or "same")
    large = encoded(Image.new("L", (2000, 1500)), "JPEG")
    scan.scan(chest({"train/NORMAL/a.jpeg": large, "train/NORMAL/b.jpeg": film(0, 300)}), perceptual=False)
    assert sorted(sizes) == [(300, 300), (750, 1000)]
