"""Parsing of paths in the publishers' archives, and the claims on the numbering of the chest films."""

import re
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from toys import REAL

from cnnbench.config import Data
from cnnbench.data import download, sets
from cnnbench.data.raw import read_examples

DATA = Data(source="kaggle", examples=None, size=64)

NAMES = ("brain_tumor", "breast_histopathology", "chest_xray", "skin_cancer")

# path, id where it is another, label, group where it is not the id, part
PATHS = {
    "chest_xray": [
        ("chest_xray/train/NORMAL/IM-0115-0001.jpeg", "train/NORMAL/IM-0115-0001.jpeg", 0, "IM-0115", "train"),
        ("train/NORMAL/IM-0115-0001-0002.jpeg", "", 0, "IM-0115", "train"),
        ("val/NORMAL/NORMAL2-IM-1427-0001.jpeg", "", 0, "NORMAL2-IM-1427", "val"),
        ("test/NORMAL/NORMAL2-IM-0035-0001-0001.jpeg", "", 0, "NORMAL2-IM-0035", "test"),
        ("train/PNEUMONIA/person1_bacteria_1.jpeg", "", 1, "bacteria-person1", "train"),
        ("train/PNEUMONIA/person1_virus_6.jpeg", "", 1, "virus-person1", "train"),
        ("train/PNEUMONIA/person23_virus_56_2.jpeg", "", 1, "virus-person23", "train"),
        ("chest_xray/chest_xray/test/PNEUMONIA/person100_bacteria_475.jpeg",
         "test/PNEUMONIA/person100_bacteria_475.jpeg", 1, "bacteria-person100", "test"),
        ("train/NORMAL/<script> 'x' é.jpeg", "", 0, "", "train"),
    ],
    "breast_histopathology": [
        ("10253/0/10253_idx5_x1001_y1001_class0.png", "", 0, "10253", ""),
        ("IDC_regular_ps50_idx5/8863/1/8863_idx5_x0_y51_class1.png",
         "8863/1/8863_idx5_x0_y51_class1.png", 1, "8863", ""),
    ],
    "brain_tumor": [
        ("Training/glioma/Tr-gl_0010.jpg", "", 0, "", "train"),
        ("Training/meningioma/Tr-meTr_0001.jpg", "", 1, "", "train"),
        ("Testing/notumor/Te-noTr_0009.jpg", "", 2, "", "test"),
        ("brain-tumor-mri-dataset/Testing/pituitary/Te-pi_0010.jpg", "Testing/pituitary/Te-pi_0010.jpg", 3, "", "test"),
    ],
    "skin_cancer": [
        ("train/benign/3.jpg", "", 0, "", "train"),
        ("data/test/malignant/1005.jpg", "test/malignant/1005.jpg", 1, "", "test"),
        ("train/benign/a \"b\" ü.jpg", "", 0, "", "train"),
    ],
}  # fmt: skip

NO_IMAGES = {
    "chest_xray": ("chest_xray/.DS_Store", "train/NORMAL/a.txt", "train/OTHER/a.jpeg", "NORMAL/IM-0115-0001.jpeg"),
    "breast_histopathology": (
        "10253/0/10254_idx5_x1_y1_class0.png",  # another patient's folder
        "10253/0/10253_idx5_x1_y1_class1.png",  # another class's
        "10253/0/a.png",
    ),
    "brain_tumor": ("Training/glioma/a.txt", "Training/other/a.jpg", "Training/glioma/b/a.jpg", "glioma/a.jpg"),
    "skin_cancer": ("train/benign/a.txt", "train/other/a.jpg", "benign/1.jpg"),
}


def source(name):
    return sets.get(name).source("kaggle")


@pytest.mark.parametrize(("name", "row"), [(name, row) for name in NAMES for row in PATHS[name]])
def test_a_path_gives_id_label_group_and_part(name, row):
    path, key, label, group, part = row
    assert source(name).parse(path) == (key or path, label, group or key or path, part)


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in NAMES for path in NO_IMAGES[name]])
def test_other_files_are_not_examples(name, path):
    assert source(name).parse(path) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_layout_that_messages_name_is_one(name):
    assert source(name).parse(source(name).layout) is not None


@pytest.mark.parametrize("name", sets.names())
def test_a_table_names_every_column_and_images_none(name):
    dataset = sets.get(name)
    assert len(dataset.features) == (dataset.input_shape[0] if len(dataset.input_shape) == 2 else 0)


DOUBLED = {"chest_xray": "chest_xray/", "breast_histopathology": "IDC_regular_ps50_idx5/", "skin_cancer": "data/"}


@pytest.mark.parametrize("name", DOUBLED)
def test_a_tree_that_is_there_twice_gives_each_image_once(name, tmp_path):
    paths = [key or path for path, key, *_ in PATHS[name]]
    with zipfile.ZipFile(tmp_path / source(name).archive, "w") as archive:
        for path in paths:
            archive.writestr(path, path)
            archive.writestr(DOUBLED[name] + path, path)
            archive.writestr("__MACOSX/" + path.replace(path.rpartition("/")[2], "._" + path.rpartition("/")[2]), "")
    known = download.fetch(name, DATA, tmp_path / "raw", tmp_path)
    assert known.examples == len(paths)
    assert [example.id for example in read_examples(tmp_path / "raw")] == sorted(paths)


COUNTS = {
    "chest_xray": {
        ("train", 0): 1341, ("train", 1): 3875, ("val", 0): 8, ("val", 1): 8, ("test", 0): 234, ("test", 1): 390,
    },
    "brain_tumor": {
        ("train", 0): 1321, ("train", 1): 1339, ("train", 2): 1591, ("train", 3): 1457,
        ("test", 0): 300, ("test", 1): 306, ("test", 2): 405, ("test", 3): 300,
    },
    "breast_histopathology": {},
}  # fmt: skip
TOTALS = {"chest_xray": 5_856, "brain_tumor": 7_019, "breast_histopathology": 4_238}


def real(name):
    """The parsed paths of a real archive; the test is skipped where there is none."""
    path = REAL / source(name).archive
    if not path.exists():
        pytest.skip(f"no {path}")
    with zipfile.ZipFile(path) as archive:
        return [source(name).parse(member) for member in sorted(archive.namelist())]


@pytest.mark.parametrize("name", TOTALS)
def test_every_image_of_the_real_archives_is_known(name):
    members = real(name)
    assert None not in members
    assert len({member.id for member in members}) == TOTALS[name]
    counts = Counter((member.part, member.label) for member in members)
    assert not COUNTS[name] or counts == COUNTS[name]


def test_the_real_patches_come_from_279_patients():
    assert len({member.group for member in real("breast_histopathology")}) == 279


PERSON = re.compile(r"person(\d+)_(bacteria|virus)_(\d+)(?:_\d+)?")
NORMAL = re.compile(r"((?:NORMAL2-)?IM)-(\d+)-(\d+)(?:-(\d+))?")


def numbering():
    """Of the real films: (kind, film M, patient N, folder) of the sick; (prefix, patient N, folder) of the others."""
    sick, well = [], []
    for member in real("chest_xray"):
        stem = Path(member.id).stem
        if match := PERSON.fullmatch(stem):
            sick.append((match[2], int(match[3]), int(match[1]), member.part))
        elif match := NORMAL.fullmatch(stem):
            well.append((match[1], int(match[2]), member.part))
    assert len(sick) + len(well) == 5_856  # so that every name tells its patient
    return sick, well


def test_the_numbering_of_the_sick_goes_on_over_the_folders():
    sick, _ = numbering()
    for kind in ("bacteria", "virus"):
        films = sorted({(film, patient) for name, film, patient, _ in sick if name == kind})
        assert len({film for film, _ in films}) == len(films)  # no film has two patients
        patients = [patient for _, patient in films]
        assert patients == sorted(patients)  # and they rise together
        folders = {(film, part) for name, film, _, part in sick if name == kind}
        assert len(folders) == len({film for film, _ in folders})  # no film's number stands in two folders


def test_no_patient_stands_in_two_folders():
    sick, well = numbering()
    parts = defaultdict(set)
    for kind, _, patient, part in sick:
        parts[kind, patient].add(part)
    for prefix, patient, part in well:
        parts[prefix, patient].add(part)
    assert [patient for patient, folders in parts.items() if len(folders) > 1] == []


def test_the_numbers_in_two_folders_are_one_with_bacteria_and_one_with_a_virus():
    sick, _ = numbering()
    parts = defaultdict(set)
    for kind, _, patient, part in sick:
        parts[patient].add((part, kind))
    both = [pairs for pairs in parts.values() if {"train", "test"} <= {part for part, _ in pairs}]
    assert len(both) == 170
    assert all(len({kind for _, kind in pairs}) == 2 for pairs in both)
