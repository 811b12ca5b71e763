"""Images in .npz and .npy files, as MedMNIST and Keras pack them; and files that would do harm."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from own_images import fetch, rows
from shapes import draw_med
from toys import SPLIT, refused

from cnnbench.data.raw import read_examples
from cnnbench.data.split import split_file

GREY = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
LABELS = np.array([0, 1, 1, 0])


def save(path, **arrays):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays)
    return path


def test_the_layout_of_medmnist(mine, raw):
    known = fetch(draw_med(mine / "drawn.npz"), raw, labels={0: "normal", 1: "pneumonia"})
    assert (known.counts, known.positive) == ({"normal": 60, "pneumonia": 60}, "pneumonia")
    assert {part: sum(row[3] == part for row in rows(raw)) for part in ("train", "val", "test")} == {
        "train": 80,
        "val": 20,
        "test": 20,
    }
    assert rows(raw)[0] == ("test/000000", 0, "test/000000", "test")
    with np.load(mine / "drawn.npz") as packed:
        held = {example.id: example for example in read_examples(raw)}
        np.testing.assert_array_equal(held["val/000007"].data[:, :, 0], packed["val_images"][7])
        assert held["val/000007"].label == packed["val_labels"][7, 0]
    frame = split_file.make(raw, SPLIT)
    assert len(frame) == 120


@pytest.mark.parametrize(
    "names",
    [("x_train", "y_train"), ("X_train", "Y_train"), ("train_images", "train_labels"), ("trainImages", "trainLabels")],
)
def test_other_names_of_parts(names, mine, raw):
    fetch(save(mine / "a.npz", **dict(zip(names, (GREY, LABELS), strict=True))), raw)
    assert rows(raw)[2] == ("train/000002", 1, "train/000002", "train")


@pytest.mark.parametrize("names", [("images", "labels"), ("x", "y"), ("X", "y"), ("data", "target")])
def test_names_without_a_part(names, mine, raw):
    fetch(save(mine / "a.npz", **dict(zip(names, (GREY, LABELS), strict=True))), raw)
    assert rows(raw)[2] == ("000002", 1, "000002", "")


TYPES = {
    "uint16": GREY.astype(np.uint16) * 100,
    "float32": GREY.astype(np.float32) / 119,
    "big-endian": GREY.astype(">i4"),
    "one channel": GREY[..., None],
    "colour": np.stack([GREY] * 3, axis=-1),
}


@pytest.mark.parametrize("kind", TYPES)
def test_values_are_passed_on_as_they_are(kind, mine, raw):
    stack = TYPES[kind]
    fetch(save(mine / "a.npz", images=stack, labels=LABELS), raw)
    for index, example in enumerate(read_examples(raw)):
        np.testing.assert_array_equal(example.data, stack[index].reshape(5, 6, -1))
        assert example.data.dtype == stack.dtype.newbyteorder("=")


def test_black_and_white_are_0_and_255(mine, raw):
    fetch(save(mine / "a.npz", images=GREY > 50, labels=LABELS), raw)
    assert {int(level) for example in read_examples(raw) for level in np.unique(example.data)} == {0, 255}


LABEL_FORMS = {
    "columns of one": LABELS[:, None],
    "floats": LABELS.astype(float),
    "one-hot": np.eye(2)[LABELS],
    "truths": LABELS.astype(bool),
    "texts": np.array(["0", "1", "1", "0"]),
    "bytes": np.array([b"0", b"1", b"1", b"0"]),
}


@pytest.mark.parametrize("form", LABEL_FORMS)
def test_forms_of_labels(form, mine, raw):
    assert fetch(save(mine / "a.npz", images=GREY, labels=LABEL_FORMS[form]), raw).classes == ("0", "1")
    assert [row[1] for row in rows(raw)] == LABELS.tolist()


def test_the_indices_of_a_hundred_classes_are_classes(mine, raw):
    stack = np.zeros((100, 4, 4), np.uint8)
    known = fetch(save(mine / "a.npz", x_train=stack, y_train=np.arange(100)), raw)
    assert known.classes == tuple(map(str, range(100)))
    with refused("100 different numbers, such as '0': it looks like a regression"):
        fetch(save(mine / "a.npz", x_train=stack, y_train=np.arange(100) * 3), raw)


@pytest.mark.parametrize(("images", "labels"), [("images", "labels"), ("x_train", "y_train"), ("X", "y")])
def test_npy_files_beside_each_other(images, labels, mine, raw):
    mine.mkdir()
    np.save(mine / f"{images}.npy", GREY)
    np.save(mine / f"{labels}.npy", LABELS)
    np.save(mine / "other_test_images.npy", GREY)
    fetch(mine / f"{images}.npy", raw)
    first = list(read_examples(raw))
    (mine / "other_test_images.npy").unlink()
    fetch(mine, raw.parent / "folder")
    assert [e.id for e in read_examples(raw.parent / "folder")] == [e.id for e in first]


def test_a_npy_file_without_labels_gets_the_remedy(mine, raw):
    mine.mkdir()
    np.save(mine / "images.npy", GREY)
    with refused(r"Expected an array of labels beside .*images.npy, received none: save it as labels.npy beside"):
        fetch(mine / "images.npy", raw)


class Harm:
    def __reduce__(self):
        return (pytest.fail, ("executed",))


def with_header(path, header):
    """A .npz file whose array of images declares another shape than its bytes have."""
    array = io.BytesIO()
    np.lib.format.write_array_header_1_0(array, header)
    with zipfile.ZipFile(save(path, labels=LABELS), "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("images.npy", array.getvalue() + bytes(10))
    return path


def pickled(path):
    save(path, labels=LABELS)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("images.npy", pickle.dumps(Harm()))
    return path


def flipped(path):
    content = bytearray(save(path, images=GREY, labels=LABELS).read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    return path


BAD = {
    "objects": (lambda p: save(p, images=np.array([{}, []], object), labels=[0, 1]), "does not read without executing"),
    "pickle": (pickled, "does not read without executing"),
    "a shape that lies": (
        lambda p: with_header(p, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**4, 10**4)}),
        "Expected an array of numbers or texts as images of",
    ),
    "channels first": (lambda p: save(p, images=np.zeros((4, 3, 8, 8)), labels=LABELS), r"move the channels to"),
    "four channels": (lambda p: save(p, images=np.zeros((4, 8, 8, 4)), labels=LABELS), r"received \(4, 8, 8, 4\)"),
    "flat": (lambda p: save(p, images=np.zeros((4, 64)), labels=LABELS), r"Expected images of shape .*\(4, 64\)"),
    "texts": (lambda p: save(p, images=np.full((4, 2, 2), "a"), labels=LABELS), "Expected images of numbers"),
    "no image": (lambda p: save(p, images=np.zeros((0, 2, 2)), labels=np.zeros(0)), "received 0 of 2x2"),
    "too large": (lambda p: save(p, images=np.zeros((2, 1, 2**16), bool), labels=[0, 1]), "received 2 of 1x65,536"),
    "lengths": (lambda p: save(p, images=GREY, labels=[0, 1]), "received 4 images and 2 labels"),
    "no labels": (lambda p: save(p, train_images=GREY, test_labels=LABELS), "images and labels in the .* part"),
    "no images": (lambda p: save(p, labels=LABELS, arr_0=GREY), r"Expected an array of images in .*'labels', 'arr_0'"),
    "two of one": (lambda p: save(p, images=GREY, x=GREY, labels=LABELS), "Expected one array of images per part"),
    "sizes": (
        lambda p: save(p, x_train=GREY, y_train=LABELS, x_test=GREY[:, 1:], y_test=LABELS),
        "Expected images of one shape and type",
    ),
    "several labels": (lambda p: save(p, images=GREY, labels=np.ones((4, 3), int)), "several labels of one image"),
    "labels of two axes": (lambda p: save(p, images=GREY, labels=np.full((4, 2), "a")), "Expected labels of shape"),
    "nan": (lambda p: save(p, images=GREY, labels=[0, 1, np.nan, 1]), "Expected a label for each image"),
    "broken numbers": (lambda p: save(p, images=GREY, labels=[0.5, 1, 2, 3]), "looks like a regression"),
    "cut": (lambda p: p.write_bytes(save(p, images=GREY, labels=LABELS).read_bytes()[:-30]) and p, "whole .npz file"),
    "flipped": (flipped, r"Expected a whole .npz file .*a\.npz, received one that is not"),
    "no zip": (lambda p: p.parent.mkdir() or (p.write_bytes(b"no zip") and p), "whole .npz file"),
    "columns": (lambda p: save(p, images=GREY, labels=LABELS), "Expected a table at .* where source.columns is set"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_line_and_leaves_nothing(case, mine, raw):
    make, message = BAD[case]
    path = make(mine / "a.npz")
    with refused(message):
        fetch(path, raw, **({"columns": {"file": "x"}} if case == "columns" else {}))
    assert not list(raw.iterdir())


def test_what_unpacks_to_far_more_than_images_is_not_unpacked(mine, raw, monkeypatch):
    path = save(mine / "a.npz", labels=LABELS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("images.npy", bytes(2**24))
    monkeypatch.setattr("cnnbench.data.sources.own.array_files.RATIO", 900)
    with refused(r"received 'images.npy', \d\d,\d{3} bytes that unpack to 16,777,216: not used"):
        fetch(path, raw)
    assert not list(raw.iterdir())


def test_arrays_that_are_no_images_are_named(mine, raw):
    known = fetch(save(mine / "a.npz", images=GREY, labels=LABELS, weights=LABELS), raw)
    assert known.notes[0] == "left out: 1 arrays that are neither images nor labels, such as 'weights'"


def test_an_array_of_more_bytes_than_its_header_says_is_damaged(mine, raw):
    save(mine / "a.npz", images=GREY, labels=LABELS)
    content = io.BytesIO()
    np.save(content, GREY)
    shorter = content.getvalue().replace(str(GREY.shape).encode(), str((*GREY.shape[:2], 2)).encode())
    with zipfile.ZipFile(mine / "b.npz", "w") as packed, zipfile.ZipFile(mine / "a.npz") as whole:
        packed.writestr("images.npy", shorter)
        packed.writestr("labels.npy", whole.read("labels.npy"))
    with refused("as its header says, received more: it is damaged"):
        fetch(mine / "b.npz", raw)


@pytest.mark.parametrize("label", ["", "nan", " "])
def test_a_text_for_nothing_is_no_class(label, mine, raw):
    with refused("Expected a label for each image, received "):
        fetch(save(mine / "a.npz", images=GREY, labels=np.resize(["a", "b", label], len(GREY))), raw)


def test_a_packed_file_alone_in_a_folder_gets_the_remedy(mine, raw):
    save(mine / "a.npz", images=GREY, labels=LABELS)
    with refused(r"received 1 zip files, such as 'a.npz': set source.path to .*a.npz"):
        fetch(mine, raw)
