"""What folders stand for: parts of a split, classes, masks; and what is asked where that is not certain."""

import pytest
from own_images import fetch, grow, rows
from toys import refused

from cnnbench.data.sources.own import folder_names

PARTS = {
    "train": "train", "Train Data": "train", "seg_train": "train", "train_images": "train", "TestSet": "test",
    "Testing": "test", "val2017": "val", "validation-set": "val", "trainset": "train", "TRAIN": "train",
    "testdata": "test", "dev": "val",
    "contest": "", "trainer": "", "retrain": "", "value": "", "latest": "", "train_test": "", "benign": "",
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_a_name_tells_its_part_by_its_words(name):
    assert folder_names.part_of(name)[0] == PARTS[name]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Train Data", "Test Data"),
        ("seg_train", "seg_test"),
        ("train_images", "test_images"),
        ("Training", "TestSet"),
        ("train2017", "test2017"),
        ("chest_xray-train", "chest_xray-test"),
        ("TrainingSet", "TestingSet"),
    ],
)
def test_folders_that_differ_in_the_word_of_a_part_are_parts(one, other, mine, raw):
    grow(mine, f"{one}/a/1.png", f"{one}/b/2.png", f"{other}/a/3.png", f"{other}/b/4.png")
    assert fetch(mine, raw).classes == ("a", "b")
    assert {(name.split("/")[0], part) for name, _, _, part in rows(raw)} == {(one, "train"), (other, "test")}


@pytest.mark.parametrize(("one", "other"), [("test_positive", "test_negative"), ("contest", "protest")])
def test_classes_with_such_a_word_are_classes(one, other, mine, raw):
    grow(mine, f"{one}/1.png", f"{other}/1.png")
    assert set(fetch(mine, raw).classes) == {one, other}
    assert {part for *_, part in rows(raw)} == {""}


LAYOUTS = {
    "unlabelled test beside classes": (["a/1.png", "b/1.png", "test/1.png"], r"received both, such as 'a' and 'test'"),
    "unlabelled test beside parts": (["train/a/1.png", "train/b/1.png", "test/1.png"], r"'test/1.png' directly in"),
    "test in test": (
        ["train/a/1.png", "train/b/1.png", "test/test/1.png"],
        r"classes in .*test, received 'test', a part of a split: move it .*, move unlabelled images away, or list",
    ),
    "test in train": (["train/a/1.png", "train/b/1.png", "train/test/1.png"], r"classes in .*train, received 'test'"),
    "set of test data in test": (["train/a/1.png", "test/Test Data/1.png"], r"in .*test, received 'Test Data', a part"),
    "third folder beside two": (
        ["seg_train/a/1.png", "seg_test/a/1.png", "seg_pred/1.png"],
        r"received both, such as 'seg_pred' and 'seg_test'",
    ),
    "hospitals": (
        [f"{site}/{label}/1.png" for site in ("Oslo", "Bergen", "Tromso") for label in ("benign", "malignant")],
        r"folders that hold the same folders, such as 'Bergen/benign' and 'Oslo/benign'.* set source.path to one of .*"
        r"columns file, label and site",
    ),
    "hospitals, of which one has a class more, and a text": (
        ["Oslo/a/1.png", "Oslo/b/1.png", "Bergen/a/1.png", "Bergen/b/1.png", "Bergen/c/1.png", "Oslo/.x"],
        r"folders that hold the same folders, such as 'Bergen/a' and 'Oslo/a'",
    ),
    "a folder per patient above the classes": (
        [f"{patient}/{label}/1.png" for patient in ("8863", "8864", "8865") for label in "01"],
        r"If '0' and '1' are the classes",
    ),
    "parts in classes": (
        [f"{label}/{part}/1.png" for label in "ab" for part in ("train", "test")],
        r"Expected parts of a split above the classes in .*, received .* 'a/test': move it to 'test/a' and so on",
    ),
    "parts in classes with an image beside them": (
        [*(f"{label}/{part}/1.png" for label in "ab" for part in ("train", "test")), "a/2.png"],
        r"received one in a folder further down, 'a/test'",
    ),
    "parts in a folder above": (
        [f"films/{part}/{label}/1.png" for label in "ab" for part in ("train", "test")],
        r"received them in a folder further down, 'films/test': set source.path to .*films",
    ),
    "hospitals, one with an image beside": (
        [*(f"{site}/{label}/1.png" for site in ("mayo", "basel") for label in ("AD", "CN")), "mayo/map.png"],
        r"If 'AD' and 'CN' are the classes",
    ),
    "folds": ([f"fold{fold}/{label}/1.png" for fold in (1, 2) for label in "ab"], "'fold1', which names no class"),
    "shares of the images": (["images_001/1.png", "images_002/2.png"], "'images_001', which names no class"),
    "masks beside classes": (["a/1.png", "b/2.png", "masks/1.png"], "'masks', which names no class"),
    "nothing as class": (["a/1.png", "nan/2.png"], "Expected a label for each image, received 'nan'"),
    "hospitals in parts": (
        [f"{part}/{site}/{label}/1.png" for part in ("train", "test") for site in ("x", "y") for label in "ab"],
        r"folders that hold the same folders, such as 'x/a' and 'y/a'",
    ),
    "images and masks": (["images/1.png", "masks/1.png"], r"received 'images', which names no class"),
    "images alone": (["images/a/1.png", "images/b/1.png"], r"received 'images', which names no class: set source.path"),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYOUTS)
def test_what_is_not_certain_is_asked(case, mine, raw):
    names, message = LAYOUTS[case]
    with refused(message):
        fetch(grow(mine, *names), raw)
    assert not list(raw.iterdir())


def test_classes_that_the_user_names_are_classes_whatever_they_hold(mine, raw):
    grow(mine, *(f"{label}/{zoom}/1.png" for label in ("benign", "malignant") for zoom in ("40X", "100X")))
    known = fetch(mine, raw, labels={"benign": "benign", "malignant": "malignant"})
    assert known.counts == {"benign": 2, "malignant": 2}
    assert known.notes[0] == (
        "4 images lie in 4 folders in those of the classes, such as 1 in 'benign/100X': they count to the class; "
        "the folders are called '100X', '40X'"
    )


def test_an_unlabelled_test_beside_named_classes_is_left_out(mine, raw):
    grow(mine, "a/1.png", "b/1.png", "test/1.png", "test/2.png")
    known = fetch(mine, raw, labels={"a": "a", "b": "b"})
    assert known.notes[0] == "left out: 2 images whose label source.labels does not name: test (2)"


def test_folders_of_patients_are_no_classes(mine, raw):
    grow(mine, "a/p1/1.png", "a/p2/1.png", "b/p3/1.png", "b/p4/1.png")
    assert fetch(mine, raw).classes == ("a", "b")


def test_masks_are_left_out_and_named(mine, raw):
    grow(mine, "benign/benign (1).png", "benign/benign (1)_mask.png", "benign/benign (1)_mask_1.png", "normal/1.png")
    grow(mine, "normal/masks/1.png", "normal/2_mask.png", "normal/3.jpg", "normal/3-segmentation.png")
    known = fetch(mine, raw)
    assert [row[0] for row in rows(raw)] == [
        "benign/benign (1).png",
        "normal/1.png",
        "normal/2_mask.png",  # of no image
        "normal/3.jpg",
    ]
    assert known.notes[0] == "left out: 4 mask or thumbnail files, such as 'benign/benign (1)_mask.png'"


def test_images_and_masks_in_each_class(mine, raw):
    grow(mine, *(f"{label}/{kind}/1.png" for label in ("COVID", "Normal") for kind in ("images", "masks")))
    known = fetch(mine, raw)
    assert [row[0] for row in rows(raw)] == ["COVID/images/1.png", "Normal/images/1.png"]
    assert known.notes[0] == "left out: 2 mask or thumbnail files, such as 'COVID/masks/1.png'"


def test_a_class_may_be_called_mask(mine, raw):
    grow(mine, "mask/1.png", "no mask/1.png")
    assert fetch(mine, raw).classes == ("no mask", "mask")


def test_thumbnails_and_masks_of_other_names_are_left_out(mine, raw):
    grow(mine, "a/1.png", "a/thumbs/1.png", "a/1_GT.png", "b/2.png", "b/ground_truth/2.png", "b/2_thumb.png")
    assert fetch(mine, raw).notes[0] == "left out: 4 mask or thumbnail files, such as 'a/1_GT.png'"


@pytest.mark.parametrize("name", ["labels.csv", "labels.jsonl"])
def test_images_beside_a_table_get_the_remedy(name, mine, raw):
    grow(mine, "1.png", "2.png")
    (mine / name).write_text("file,label\n")
    remedy = rf"set source.path to a table that lists the images, such as .*{name}"
    with refused(f"received '1.png' directly in .*: move it into the folder of its class, or {remedy}"):
        fetch(mine, raw)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("eval", "val"),
        ("Evaluation set", "val"),
        ("holdout", "test"),
        ("hold_out", "test"),
        ("Held-out data", "test"),
        ("imagesTs", "test"),
    ],
)
def test_rarer_names_of_parts(name, part, mine, raw):
    first = "imagesTr" if name == "imagesTs" else "train"
    grow(mine, *(f"{folder}/{label}/{folder}.png" for folder in (first, name) for label in "ab"))
    known = fetch(mine, raw)
    assert known.classes == ("a", "b")
    assert {one for *_, one in rows(raw)} == {"train", part}


def test_images_and_masks_for_segmentation_are_no_classes(mine, raw):
    grow(mine, "imagesTr/1.png", "imagesTs/2.png", "labelsTr/1.png")
    with refused("either all classes or all parts of a split .* received both, such as 'labelsTr' and 'imagesTr'"):
        fetch(mine, raw)
