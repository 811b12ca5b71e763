"""Parquet files with images in them, as Hugging Face stores data sets."""

import json

import pyarrow as pa
import pyarrow.parquet
import pytest
from own_images import fetch, grow, rows
from toys import film, refused

from cnnbench.data.raw import read_examples


def write(path, labels, *, names=None, seed=0, image=None, **more):
    """A Parquet file of images with such labels, two in a row group; the names of the classes are in its schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = [{"bytes": film(seed + index), "path": f"{index}.jpg"} for index in range(len(labels))]
    table = pa.table({"image": pictures if image is None else image, "label": labels, **more})
    if names:
        features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pa.parquet.write_table(table, path, row_group_size=2)
    return path


def test_files_of_parts_with_names_of_classes_in_the_schema(mine, raw):
    write(mine / "data/train-00000-of-00002.parquet", [0, 1, 1, 0], names=["no_tumor", "tumor"])
    write(mine / "data/train-00001-of-00002.parquet", [1], names=["no_tumor", "tumor"], seed=10)
    write(mine / "data/test-00000-of-00001.parquet", [0, 1, 0], names=["no_tumor", "tumor"], seed=20)
    known = fetch(mine, raw)
    assert (known.classes, known.counts) == (("no_tumor", "tumor"), {"no_tumor": 4, "tumor": 4})
    assert [(key, label, part) for key, label, _, part in rows(raw)][:3] == [
        ("data/test-00000-of-00001/000000", 0, "test"),
        ("data/test-00000-of-00001/000001", 1, "test"),
        ("data/test-00000-of-00001/000002", 0, "test"),
    ]
    assert {e.id: e.data for e in read_examples(raw)}["data/train-00000-of-00002/000003"] == film(3)


def test_one_file_with_texts_groups_and_attributes(mine, raw):
    path = write(mine / "a.parquet", ["a", "b", "c"], group=["p", "p", None], sex=["m", None, "f"])
    known = fetch(path, raw, attributes=["sex"], labels={"a": "x", "b": "y"})
    assert [(e.label, e.group, e.attributes) for e in read_examples(raw)] == [(0, "p", ("m",)), (1, "p", ("",))]
    assert known.notes[0] == "left out: 1 images whose label source.labels does not name: c (1)"


def test_bytes_without_a_path(mine, raw):
    path = write(mine / "a.parquet", [0, 1], image=[film(0), film(1)])
    fetch(path, raw)
    assert [e.data for e in read_examples(raw)] == [film(0), film(1)]


def test_a_table_of_paths_may_be_a_parquet_file(mine, raw):
    grow(mine, "x/1.png", "x/2.png")
    table = pa.table({"file": ["x/1.png", "x/2.png"], "label": [1, 0], "age": [7.5, None]})
    pa.parquet.write_table(table, mine / "labels.parquet")
    fetch(mine / "labels.parquet", raw, attributes=["age"])
    assert [(e.id, e.label, e.attributes) for e in read_examples(raw)] == [
        ("x/1.png", 1, ("7.5",)),
        ("x/2.png", 0, ("",)),
    ]


BAD = {
    "labels of a test part": (
        lambda p: write(p, [-1, 0], names=["a", "b"]),
        r"a label in row 1 .*received -1",
    ),
    "no label": (lambda p: write(p, ["a", None]), r"Expected a label in row 2 of .*, received none"),
    "several": (lambda p: write(p, [["a"], ["a", "b"]]), "several labels of one image are not supported"),
    "paths alone": (
        lambda p: write(p, [0, 1], image=[{"bytes": film(1), "path": "a"}, {"bytes": None, "path": "b"}]),
        "Expected the bytes of an image as 'a/000001', received none",
    ),
    "cut": (lambda p: p.write_bytes(write(p, [0, 1]).read_bytes()[:-20]) and p, "whole Parquet file"),
    "empty": (lambda p: p.parent.mkdir() or p.write_bytes(b"") or p, "whole Parquet file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_line_and_leaves_nothing(case, mine, raw):
    make, message = BAD[case]
    with refused(message):
        fetch(make(mine / "a.parquet"), raw)
    assert not list(raw.iterdir())


def test_a_missing_column_of_labels_is_one_line(mine, raw):
    with refused(r"Expected the column dx in .*a.parquet, received 'image', 'label': name it under source.columns"):
        fetch(write(mine / "a.parquet", [0, 1]), raw, columns={"label": "dx"})


def test_folders_of_parts_with_files_of_one_name(mine, raw):
    write(mine / "train/0000.parquet", [0, 1])
    write(mine / "test/0000.parquet", [0, 1], seed=10)
    fetch(mine, raw)
    assert [(key, part) for key, _, _, part in rows(raw)][1:3] == [
        ("test/0000/000001", "test"),
        ("train/0000/000000", "train"),
    ]


def images(count):
    return [{"bytes": film(index), "path": ""} for index in range(count)]


def save(path, **columns):
    path.parent.mkdir(parents=True, exist_ok=True)
    pa.parquet.write_table(pa.table(columns), path)
    return path


def test_a_column_tells_the_part(mine, raw):
    fetch(save(mine / "all.parquet", image=images(2), label=["a", "b"], split=["train", "Test"]), raw)
    assert [part for *_, part in rows(raw)] == ["train", "test"]


def test_of_several_columns_of_images_one_is_chosen(mine, raw):
    masks = images(4)[2:]
    path = save(mine / "all.parquet", mask=masks, image=images(2), label=["a", "b"])
    fetch(path, raw)
    assert [example.data for example in read_examples(raw)] == [film(0), film(1)]
    fetch(path, raw.with_name("masks"), columns={"file": "mask"})
    assert [example.data for example in read_examples(raw.with_name("masks"))] == [film(2), film(3)]
    with refused("Expected one column of images in .*, received 'left', 'right': name one"):
        fetch(save(mine / "two.parquet", left=masks, right=masks, label=["a", "b"]), raw)


def test_whole_numbers_have_no_decimals_and_measured_ones_are_no_classes(mine, raw):
    assert fetch(save(mine / "a.parquet", image=images(2), label=[0.0, 1.0]), raw).classes == ("0", "1")
    with refused("it looks like a regression"):
        fetch(save(mine / "b.parquet", image=images(2), label=[0.5, 1.0]), raw)
