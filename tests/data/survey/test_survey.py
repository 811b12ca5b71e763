"""The scale of a data set's images is found at download, for all of them at once, and said."""

import sys

import numpy as np
import pytest
from PIL import Image
from toys import SPLIT, encoded, refused

from cnnbench.config import Data, Rule
from cnnbench.data import download, images
from cnnbench.data.cache import writer
from cnnbench.data.provenance import read_provenance
from cnnbench.data.raw import read_examples
from cnnbench.data.records import reader, schema
from cnnbench.data.split import split_file

RAMP = np.linspace(0, 1, 1024).reshape(32, 32)


def save(values):
    return encoded(Image.fromarray(values), "PNG" if values.dtype in (np.uint8, np.uint16) else "TIFF")


def grey(factor, kind, number=0):
    """A ramp from 0 to factor; the number makes it another image."""
    return (np.roll(RAMP, number * 7) * factor).astype(kind)


@pytest.fixture
def fetch(tmp_path):
    """Downloads a folder of the user's, with some files in each class."""

    def download_folder(classes, **source):
        for label, contents in classes.items():
            (tmp_path / "mine" / label).mkdir(parents=True)
            for number, content in enumerate(contents):
                (tmp_path / "mine" / label / f"{number:02d}.png").write_bytes(content)
        data = Data(source={"name": "folder", "path": str(tmp_path / "mine"), **source}, examples=None, size=16)
        known = download.fetch("folder", data, tmp_path / "raw" / "folder")
        # without the source's own: the survey's are looked at here
        notes = tuple(note for note in known.notes if not note.startswith("positive class"))
        return known.model_copy(update={"notes": notes})

    return download_folder


def decoded(tmp_path):
    known = read_provenance(tmp_path / "raw" / "folder")
    return {
        example.id: images.decode(example.data, 1, known.ranges)[:, :, 0]
        for example in read_examples(tmp_path / "raw" / "folder")
    }


def test_images_of_8_bits_have_no_range_and_no_note(fetch):
    known = fetch({name: [save(grey(255, np.uint8, number)) for number in range(3)] for name in ("a", "b")})
    assert known.ranges == {}
    assert known.pixel_types == {"a": {"uint8": 3}, "b": {"uint8": 3}}
    assert known.notes == ()


def test_twelve_bits_in_sixteen_keep_their_levels(fetch, tmp_path):
    known = fetch({name: [save(grey(4095, np.uint16, number)) for number in range(3)] for name in ("a", "b")})
    assert known.ranges == {"uint16": (0, 4095)}
    assert known.notes == (
        "uint16, 6 images: 0 becomes black and 4095 white (12 bits in use); otherwise set source.range in params.yaml, "
        "to [low, high] or to percentile.",
    )
    assert all(len(np.unique(pixels)) == 256 for pixels in decoded(tmp_path).values())


def test_a_class_is_not_brightened_by_itself(fetch, tmp_path):
    """The darker class stays darker: each image alone would have been stretched to the same."""
    known = fetch(
        {
            "dark": [save(grey(0.5, np.float32, i)) for i in range(3)],
            "light": [save(grey(1.004, np.float32, i)) for i in range(3)],
        }
    )
    assert known.ranges == {"float32": (0, 1)}
    pixels = decoded(tmp_path)
    assert pixels["dark/00.png"].max() == 128
    assert pixels["light/00.png"].max() == 255
    assert len(np.unique(pixels["light/00.png"])) > 250
    assert any(
        line.startswith("float32: 3 images with values outside of that, which are clipped: light/00")
        for line in known.notes
    )


def test_a_dead_pixel_changes_no_image(fetch, tmp_path):
    dead = grey(255, np.int32)
    dead[0, 1] = 1_000_000
    known = fetch({"a": [save(dead)], "b": [save(grey(255, np.int32, 1))]})
    assert known.ranges == {"int32": (0, 255)}
    assert len(np.unique(decoded(tmp_path)["a/00.png"])) > 200


def test_classes_of_other_devices_are_told(fetch):
    known = fetch(
        {
            "benign": [save(grey(255, np.uint16, i)) for i in range(3)],
            "malign": [save(grey(4095, np.uint16, i)) for i in range(3)],
        }
    )
    (differ,) = [line for line in known.notes if "the classes use other values" in line]
    assert "benign 0 to 255, malign 0 to 4095" in differ
    (poor,) = [line for line in known.notes if "grey levels left" in line]
    assert "3 images with fewer than 32 grey levels left" in poor
    assert "benign/00.png, benign/01.png, benign/02.png; set source.range" in poor


def test_classes_of_other_types_are_told_with_counts(fetch):
    known = fetch(
        {"a": [save(grey(255, np.uint8, i)) for i in range(3)], "b": [save(grey(4095, np.uint16, i)) for i in range(2)]}
    )
    assert known.pixel_types == {"a": {"uint8": 3}, "b": {"uint16": 2}}
    assert known.notes[0] == (
        "The classes differ in pixel type, which a network may learn in place of the content: a 3 of uint8; "
        "b 2 of uint16."
    )


def test_types_that_are_spread_evenly_are_told_without_alarm(fetch):
    files = [save(grey(255, np.uint8)), save(grey(4095, np.uint16))]
    assert fetch({"a": files, "b": files}).notes[0].startswith("The images have several pixel types: a 1 of uint16")


def test_the_users_range_comes_first(fetch, tmp_path):
    known = fetch({name: [save(grey(4095, np.uint16))] for name in ("a", "b")}, range=[0, 65535])
    assert known.ranges == {"uint16": (0, 65535)}
    assert "(as source.range says)" in known.notes[0]
    assert "with fewer than 32 grey levels left" in known.notes[1]
    assert decoded(tmp_path)["a/00.png"].max() == 16


def test_percentiles_of_all_pixels(fetch):
    files = {"a": [save(grey(1000, np.uint16))], "b": [save(grey(4000, np.float32))]}
    known = fetch(files, range="percentile")
    assert known.ranges["uint16"] == pytest.approx(np.percentile(grey(1000, np.uint16), (0.5, 99.5)), abs=2)
    assert known.ranges["float32"] == pytest.approx(np.percentile(grey(4000, np.float32), (0.5, 99.5)), abs=5)
    assert "percentile of all pixels" in known.notes[1]


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_percentiles_are_narrow_where_a_few_values_are_huge(fetch, kind):
    """One of 300 images is far brighter: the bins of the first count are wider than the others' values."""
    files = [save(grey(1000, kind, number)) for number in range(299)]
    known = fetch({"a": files, "b": [save(grey(2e9, kind))]}, range="percentile")
    (found,) = known.ranges.values()
    assert found == pytest.approx((5, 995), abs=8)


def test_a_marker_far_from_all_values_is_told(fetch):
    def marked(number):
        values = grey(1, np.float32, number)
        values[:3] = -9999
        return save(values)

    known = fetch({name: [marked(number) for number in range(2)] for name in ("a", "b")})
    assert any("4 images with fewer than 32 grey levels left of 64 and more" in note for note in known.notes)


def test_pages_beyond_the_first_are_told(fetch):
    pages = [Image.fromarray(grey(255, np.uint8, number)) for number in range(4)]
    stack = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    moving = encoded(pages[0], "GIF", save_all=True, append_images=pages[1:])
    known = fetch({"a": [stack, save(grey(255, np.uint8))], "b": [moving, save(grey(255, np.uint8))]})
    (line,) = known.notes
    assert line.startswith(
        "2 images with several pages, frames or slices, of which one is taken (the first; of a volume"
    )
    assert "a/00.png (4), b/00.png (4)" in line


def test_damaged_images_do_not_stop_it(fetch, tmp_path):
    whole = save(grey(4095, np.uint16))
    known = fetch({"a": [whole, b"", b"hello", whole[:60]], "b": [whole]})
    assert known.ranges == {"uint16": (0, 4095)}
    assert known.notes[-1] == "1 image of more than 8 bits that cannot be read; the split lists them."


def test_ranges_reach_split_cache_and_the_record(fetch, tmp_path):
    files = {
        label: [save(grey(4095, np.uint16, number + 40 * (label == "b"))) for number in range(12)]
        for label in ("a", "b")
    }
    fetch(files)
    raw, out = tmp_path / "raw" / "folder", tmp_path / "records" / "folder"
    frame = split_file.make(raw, SPLIT, Rule(near_copies="ignore"))
    known = writer.write(raw, frame, out, (24, 40), "pad")
    assert known.ranges == {"uint16": (0, 4095)}
    assert (known.shape, known.fit) == ((24, 40, 3), "pad")
    records = reader.load(out, schema.read(out), list(range(10)))
    raws = {example.id: example.data for example in read_examples(raw)}
    for name, pixels in zip(records.ids, records.inputs, strict=True):
        whole = images.decode(raws[name], 3, known.ranges)
        assert (pixels == images.resize(whole, (24, 40), "pad")).all()
        assert pixels.max() > 200


def test_a_missing_package_stops_the_download(fetch, monkeypatch):

    monkeypatch.setitem(sys.modules, "pydicom", None)
    with refused("Expected the package pydicom"):
        fetch({"a": [b"\0" * 128 + b"DICM"], "b": [save(grey(255, np.uint8))]})
