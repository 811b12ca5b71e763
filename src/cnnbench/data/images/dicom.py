"""DICOM files, by the optional package pydicom."""

from __future__ import annotations

import io
from typing import Any

from cnnbench.core.errors import UserError

_PREAMBLE = 128  # bytes of any content, before the mark
_GROUPS = (b"\x02\x00", b"\x08\x00")  # with which files begin that have no preamble


def is_dicom(data: bytes) -> bool:
    """Whether the bytes are a DICOM file, with its preamble or without one; their first 132 are enough."""
    if data[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return True
    # without a preamble: group 2 or 8, little-endian, and one of its first elements
    return data[:2] in _GROUPS and len(data) > 8 and data[3:4] == b"\x00"


def patient(data: bytes) -> str:
    """The group of a DICOM file.

    Args:
        data: The file; its first part will do, as the pixels come last.

    Returns:
        PatientID, else StudyInstanceUID, else an empty text.

    Raises:
        UserError: pydicom is missing, or cannot read the bytes.
    """
    header = read(data, stop_before_pixels=True, specific_tags=["PatientID", "StudyInstanceUID"])
    for name in ("PatientID", "StudyInstanceUID"):
        if text := " ".join(str(header.get(name) or "").split()):
            return text
    return ""


def read(data: bytes, **options: Any) -> Any:
    """The data set of a DICOM file, as `pydicom.dcmread` returns it.

    Raises:
        UserError: pydicom is missing, or cannot read the bytes.
    """
    try:
        import pydicom
    except ImportError:
        raise UserError(
            'Expected the package pydicom to read DICOM files, received none: run `pip install "pydicom>=3.0"`.'
        ) from None
    try:
        return pydicom.dcmread(io.BytesIO(data), force=True, **options)
    except Exception as error:  # its readers raise any error on damaged files
        raise UserError(
            f"Expected a DICOM file, received {len(data):,} bytes that cannot be read: {' '.join(str(error).split())}."
        ) from None
