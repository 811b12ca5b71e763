"""DICOM files: pixels as the header says, patient and study, packages that are missing."""

import sys

import numpy as np
import pytest
from dicom_files import dicom
from pydicom.uid import JPEGLosslessSV1, generate_uid
from toys import refused

from cnnbench.data import images
from cnnbench.data.images import dicom as reader
from cnnbench.data.images import ranges
from cnnbench.data.images.limits import MissingPackageError

RAMP = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)
BYTES = np.arange(256, dtype=np.uint8).reshape(16, 16)
TWELVE = {"uint16": (0, 4095)}


def seen(values, low, high):
    return np.rint(np.clip((values.astype(float) - low) * 255 / (high - low), 0, 255)).astype(np.uint8)


def test_a_film_of_12_bits():
    data = dicom(RAMP, bits=12)
    assert images.look(data) == ("uint16", 1)
    assert (images.decode(data, 1, TWELVE)[:, :, 0] == seen(RAMP, 0, 4095)).all()
    assert images.read(data).white == 4095
    assert (images.decode(data[128 + 4 :], 1, TWELVE) == images.decode(data, 1, TWELVE)).all()  # without a preamble


def test_a_film_of_8_bits_needs_no_range():
    assert images.look(dicom(BYTES)) == ("uint8", 1)
    assert (images.decode(dicom(BYTES), 3)[:, :, 1] == BYTES).all()


def test_monochrome1_is_inverted_at_each_depth():
    first = images.decode(dicom(BYTES, PhotometricInterpretation="MONOCHROME1"), 1)
    deep = images.decode(dicom(RAMP, bits=12, PhotometricInterpretation="MONOCHROME1"), 1, TWELVE)
    assert (first[:, :, 0] == 255 - BYTES).all()
    assert (deep[:, :, 0] == 255 - seen(RAMP, 0, 4095)).all()


def test_slope_and_intercept_give_one_scale_to_files_that_store_otherwise():
    hounsfield = RAMP.astype(np.int16) - 1024
    files = [
        dicom(RAMP, bits=12, RescaleSlope=1, RescaleIntercept=-1024),
        dicom(hounsfield, RescaleSlope=1, RescaleIntercept=0),
    ]
    for data in files:
        assert images.look(data) == ("int16", 1)
        assert (images.read(data).values == hounsfield).all()
        assert (images.decode(data, 1, {"int16": (-160, 240)})[:, :, 0] == seen(hounsfield, -160, 240)).all()
    fraction = dicom(RAMP, bits=12, RescaleSlope=0.5, RescaleIntercept=0)
    assert images.look(fraction) == ("float32", 1)
    assert images.read(fraction).values.max() == RAMP.max() / 2


def test_colours_and_frames():
    colour = np.dstack([BYTES, 255 - BYTES, BYTES // 2])
    assert (images.decode(dicom(colour), 3) == colour).all()
    frames = dicom(np.stack([BYTES, BYTES // 2, BYTES // 4]), frames=3)
    assert images.look(frames) == ("uint8", 3)
    assert (images.decode(frames, 1)[:, :, 0] == BYTES).all()


def test_padding_is_black_and_does_not_count():
    ramp = np.linspace(-1000, 1000, 4096).astype(np.int16).reshape(64, 64)
    padded = ramp.copy()
    padded[:9] = -2000
    data = dicom(padded, PixelPaddingValue=-2000)
    low, high, _ = ranges.find([ranges.measure(images.read(data))])
    assert low > -1000
    assert not images.decode(data, 1, {"int16": (low, high)})[:9].any()
    inverted = dicom(
        padded, PixelPaddingValue=-2010, PixelPaddingRangeLimit=-1990, PhotometricInterpretation="MONOCHROME1"
    )
    assert not images.decode(inverted, 1, {"int16": (low, high)})[:9].any()


def test_a_palette_has_8_bits_however_its_indices_are_stored():
    table = (np.arange(256, dtype=np.uint16) * 257).tobytes()
    palette = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour in ("Red", "Green", "Blue"):
        palette[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        palette[f"{colour}PaletteColorLookupTableData"] = table
    for indices in (BYTES, BYTES.astype(np.uint16)):
        data = dicom(indices, **palette)
        assert images.look(data) == ("uint8", 1)
        assert (images.decode(data, 1)[:, :, 0] == BYTES).all()


def test_a_slope_takes_values_beyond_32_bits():
    data = dicom(RAMP * 15, RescaleSlope=100_000, RescaleIntercept=0)
    assert images.look(data)[0] == images.read(data).values.dtype.name == "float32"
    assert images.read(data).values.max() == pytest.approx(RAMP.max() * 1.5e6)


def test_the_window_of_the_header_is_read():
    assert images.read(dicom(RAMP, WindowCenter=40, WindowWidth=401)).window == (-160.5, 239.5)
    assert images.read(dicom(RAMP, WindowCenter=[40, 600], WindowWidth=[401, 9])).window == (-160.5, 239.5)
    assert images.read(dicom(RAMP)).window is None
    assert images.read(dicom(RAMP, WindowCenter=40)).window is None


def test_patient_or_study_is_the_group():
    study = generate_uid(entropy_srcs=["one"])
    assert reader.patient(dicom(BYTES, PatientID="P 1 ", StudyInstanceUID=study)) == "P 1"
    assert reader.patient(dicom(BYTES, PatientID="", StudyInstanceUID=study)) == study
    assert reader.patient(dicom(BYTES)) == ""
    assert reader.patient(dicom(BYTES, PatientID="P1")[:600]) == "P1"  # the pixels are not needed


def test_a_missing_package_is_one_line_with_the_command(monkeypatch):
    data = dicom(BYTES)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    for function in (images.look, images.read, reader.patient, lambda data: images.decode(data, 1)):
        with refused("Expected the package pydicom to read DICOM files, received none: run `pip install pydicom`"):
            function(data)


def test_a_syntax_that_no_package_decodes_is_one_line_with_the_command():
    data = dicom(
        BYTES, JPEGLosslessSV1, PixelData=b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00abcd"
    )
    for function in (images.look, lambda data: images.decode(data, 1)):
        with pytest.raises(
            MissingPackageError, match=r"pylibjpeg .* to read DICOM files in JPEG Lossless.*pip install"
        ):
            function(data)


def test_damaged_files_are_one_line():
    whole = dicom(RAMP, bits=12)
    with refused("cannot be read"):
        images.decode(whole[:-20], 1, TWELVE)
    with refused("Expected a DICOM file with pixels, received one without"):
        images.decode(b"\0" * 128 + b"DICM", 1)
    with refused("cannot be read: 40000x16 pixels"):
        images.decode(dicom(BYTES, Columns=40_000), 1)
