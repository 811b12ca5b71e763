"""The raw form: what is written is read, the same examples are the same bytes, and nothing half-written is left."""

import csv
import hashlib

import numpy as np
import pytest
from toys import refused

from cnnbench.data.raw import ARRAYS, COLUMNS, IMAGES, TABLE, Example, read_examples, write_examples

IMAGE_FILES = [
    Example('cat/Größe 肺, "one".png', b"\x89PNG one", 0, "a, b", "train"),
    Example("cat/<script>.png", b"\x89PNG two", 0, "", "val"),
    Example("dog/it's.png", b"", 1, "dog/it's.png", ""),
]
ROWS = [
    Example(f"{row:06d}", np.full((2, 1), row / 3, np.float32), label, f"{row:06d}")
    for row, label in enumerate((24.0, 0.1 + 0.2, 1e-17, 50.0))
]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_images_are_read_as_they_were_written_in_their_order(tmp_path):
    assert write_examples(tmp_path, reversed(IMAGE_FILES), 3) == {0: 2, 1: 1}
    assert list(read_examples(tmp_path)) == IMAGE_FILES[::-1]
    assert names(tmp_path) == [TABLE, IMAGES]


def test_some_are_read_alone(tmp_path):
    write_examples(tmp_path / "images", IMAGE_FILES, 3)
    write_examples(tmp_path / "rows", ROWS, 4)
    assert list(read_examples(tmp_path / "images", {IMAGE_FILES[2].id, "none"})) == [IMAGE_FILES[2]]
    assert [example.label for example in read_examples(tmp_path / "rows", {"000001", "000003"})] == [0.1 + 0.2, 50.0]


def test_arrays_keep_their_type_and_targets_their_bits(tmp_path):
    write_examples(tmp_path, ROWS, 4)
    examples = list(read_examples(tmp_path))
    assert [example._replace(data=None) for example in examples] == [example._replace(data=None) for example in ROWS]
    assert all(isinstance(example.label, float) for example in examples)
    assert {example.data.dtype for example in examples} == {np.dtype(np.float32)}
    assert [example.data.tolist() for example in examples] == [example.data.tolist() for example in ROWS]
    assert names(tmp_path) == [TABLE, ARRAYS]


@pytest.mark.parametrize("examples", [IMAGE_FILES, ROWS], ids=["images", "arrays"])
def test_the_same_examples_are_the_same_bytes(tmp_path, examples):
    for name in ("one", "two"):
        write_examples(tmp_path / name, examples, len(examples))
    assert names(tmp_path / "one") == names(tmp_path / "two")
    for file in names(tmp_path / "one"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("examples", [IMAGE_FILES, ROWS], ids=["images", "arrays"])
def test_the_table_has_the_hash_of_what_is_stored(tmp_path, examples):
    write_examples(tmp_path, examples, len(examples))
    with (tmp_path / TABLE).open(encoding="utf-8", newline="") as table:
        lines = list(csv.DictReader(table))
    assert tuple(lines[0]) == COLUMNS
    assert [line["sha256"] for line in lines] == [
        hashlib.sha256(data if isinstance(data, bytes) else data.tobytes()).hexdigest() for _, data, *_ in examples
    ]


def test_of_two_forms_the_last_written_counts(tmp_path):
    write_examples(tmp_path, ROWS, 4)
    write_examples(tmp_path, IMAGE_FILES, 3)
    assert list(read_examples(tmp_path)) == IMAGE_FILES
    assert names(tmp_path) == [TABLE, IMAGES]


@pytest.mark.parametrize(
    ("examples", "count", "message"),
    [
        ([*IMAGE_FILES, IMAGE_FILES[1]], 4, r"Expected ids that are unique, received 'cat/<script>\.png' twice"),
        ([], 2, "Expected 2 examples, received none"),
        (IMAGE_FILES, 4, "Expected 4 examples, received 3"),
        (IMAGE_FILES, 2, r"Expected 2 examples, received more, such as \"dog/it's.png\""),
        (ROWS, 5, "Expected 5 examples, received 4"),
        (ROWS, 3, "Expected 3 examples, received more, such as '000003'"),
        ([*IMAGE_FILES, ROWS[0]], 4, r"Expected '000000' to be encoded as the others, received float32 \(2, 1\)"),
        ([*ROWS, IMAGE_FILES[2]], 5, r"to be float32 \(2, 1\) as the others, received encoded"),
        ([*ROWS, Example("x", np.zeros((2, 1)), 1.0, "x")], 5, r"as the others, received float64 \(2, 1\)"),
        ([*ROWS, Example("x", np.zeros((1, 1), np.float32), 1.0, "x")], 5, r"as the others, received float32 \(1, 1\)"),
    ],
    ids=["id twice", "none", "fewer", "more", "fewer rows", "more rows", "array", "image", "type", "shape"],
)
def test_what_is_not_as_announced_is_refused_and_leaves_nothing(tmp_path, examples, count, message):
    with refused(message):
        write_examples(tmp_path, examples, count)
    assert names(tmp_path) == []


def test_a_source_that_fails_on_the_way_leaves_nothing(tmp_path):
    def broken():
        yield IMAGE_FILES[0]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_examples(tmp_path, broken(), 2)
    assert names(tmp_path) == []


def flip(raw):
    content = (raw / IMAGES).read_bytes()
    (raw / IMAGES).write_bytes(content.replace(b"PNG two", b"PNG 2.."))


def cut(raw):
    (raw / IMAGES).write_bytes((raw / IMAGES).read_bytes()[:-30])


def drop_images(raw):
    (raw / IMAGES).unlink()


def drop_table(raw):
    (raw / TABLE).unlink()


def add_a_line(raw):
    with (raw / TABLE).open("a") as table:
        table.write("dog/3.png,1,,,\n")


@pytest.mark.parametrize(
    ("damage", "received"),
    [
        (flip, r"Bad CRC-32 for file 'cat/<script>\.png'"),
        (cut, "File is not a zip file"),
        (drop_images, f"No such file or directory: .*{ARRAYS}"),
        (drop_table, f"No such file or directory: .*{TABLE}"),
        (add_a_line, r"no item named 'dog/3\.png'"),
    ],
)
def test_a_folder_that_is_damaged_is_one_line(tmp_path, damage, received):
    raw = tmp_path / "pets"
    write_examples(raw, IMAGE_FILES, 3)
    damage(raw)
    with refused(rf"Expected .*pets whole, .*{received}.*: run `dvc repro -f download@pets`"):
        list(read_examples(raw))


def test_rows_are_not_all_held_in_memory(tmp_path):
    write_examples(tmp_path, ROWS, 4)
    first = next(read_examples(tmp_path)).data
    assert isinstance(first.base, np.memmap)
