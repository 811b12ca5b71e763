"""DICOM files among a user's images: known by content, grouped by their headers."""

import io

import numpy as np
import pytest
from own_images import fetch, rows, table
from toys import refused

pydicom = pytest.importorskip("pydicom")


def scan(patient="", study="1.2.3", seed=0):
    """The bytes of a DICOM file."""
    about = pydicom.dataset.FileMetaDataset()
    about.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    about.MediaStorageSOPInstanceUID = f"1.2.3.{seed + 1}"
    about.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    content = pydicom.dataset.Dataset()
    content.file_meta = about
    content.PatientID, content.StudyInstanceUID = patient, study
    content.Rows = content.Columns = 8
    content.BitsAllocated, content.BitsStored, content.HighBit = 16, 12, 11
    content.PixelRepresentation, content.SamplesPerPixel = 0, 1
    content.PhotometricInterpretation = "MONOCHROME2"
    content.PixelData = np.random.default_rng(seed).integers(0, 4096, (8, 8), np.uint16).tobytes()
    file = io.BytesIO()
    pydicom.dcmwrite(file, content, enforce_file_format=True)
    return file.getvalue()


@pytest.fixture
def scans(mine):
    for name, patient, study in (("a/1.dcm", "p1", "1.1"), ("a/IM000002", "p1", "1.2"), ("b/3.jpg", "", "1.3")):
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        (mine / name).write_bytes(scan(patient, study, len(name)))
    return mine


def test_the_group_is_the_patient_else_the_study(scans, raw):
    known = fetch(scans, raw)
    assert [(key, group) for key, _, group, _ in rows(raw)] == [
        ("a/1.dcm", "p1"),
        ("a/IM000002", "p1"),
        ("b/3.jpg", "1.3"),
    ]
    assert "DICOM files without a group have that of their header: the patient, else the study" in known.notes


def test_a_file_without_a_preamble_is_known_by_its_name(scans, raw):
    (scans / "b/4.dcm").write_bytes(scan("p9")[132:])
    fetch(scans, raw)
    assert ("b/4.dcm", 1, "p9", "") in rows(raw)


def test_a_group_of_the_table_comes_first_and_a_damaged_file_is_left_to_the_split(scans, raw):
    (scans / "b/4.dcm").write_bytes(bytes(128) + b"DICM\0\0")
    listed = table(scans, "a/1.dcm,a,mine", "a/IM000002,a,", "b/3.jpg,b,NA", "b/4.dcm,b,", header="file,label,group")
    fetch(listed, raw)
    assert [(key, group) for key, _, group, _ in rows(raw)] == [
        ("a/1.dcm", "mine"), ("a/IM000002", "p1"), ("b/3.jpg", "1.3"), ("b/4.dcm", "b/4.dcm"),
    ]  # fmt: skip


def test_without_pydicom_one_line_says_what_to_install(scans, raw, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with refused(r"Expected the package pydicom to read DICOM files, received none: run `pip install"):
        fetch(scans, raw)
    assert not list(raw.iterdir())
