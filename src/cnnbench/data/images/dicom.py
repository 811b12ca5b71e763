"""DICOM files, by the optional package pydicom."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.data.images import limits
from cnnbench.data.images.limits import MissingPackageError
from cnnbench.data.images.stored import Stored

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
    header = _read(data, stop_before_pixels=True, specific_tags=["PatientID", "StudyInstanceUID"])
    for name in ("PatientID", "StudyInstanceUID"):
        if text := " ".join(str(header.get(name) or "").split()):
            return text
    return ""


def look(data: bytes) -> tuple[str, int]:
    """Type of the values and number of frames, by the header.

    Raises:
        UserError: pydicom or a decoder is missing, or the file has no pixels.
    """
    header = _read(data, stop_before_pixels=True)
    _require_decoder(header)
    return _type(header), int(header.get("NumberOfFrames") or 1)


def pixels(data: bytes) -> Stored:
    """The first frame: values after rescale slope and intercept, colours as RGB.

    Raises:
        UserError: pydicom or a decoder is missing, or the bytes cannot be read.
    """
    header = _read(data)
    _require_decoder(header)
    from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array

    limits.check(int(header.Columns), int(header.Rows))
    values: Any = pixel_array(header, index=0)
    photometric = str(header.get("PhotometricInterpretation", ""))
    if photometric == "PALETTE COLOR":
        values = apply_color_lut(values, header)[..., :3]  # of 16 bits as a rule, for colours of 8
        return Stored((values >> 8 if values.dtype.itemsize == 2 else values).astype(np.uint8))
    if values.ndim == 3:
        return Stored(values.astype(values.dtype.newbyteorder("="), copy=False))
    shown = _inside(values, header)
    values = apply_modality_lut(values, header).astype(_type(header))
    return Stored(
        values,
        opacity=shown,
        inverted=photometric == "MONOCHROME1",
        white=2 ** int(header.BitsStored) - 1 if _rescale(header) == (1, 0) and "BitsStored" in header else None,
        window=_window(header),
    )


def _type(header: Any) -> str:
    if "FloatPixelData" in header or "DoubleFloatPixelData" in header:
        return "float32"
    bits = int(header.BitsAllocated)
    if header.get("PhotometricInterpretation") == "PALETTE COLOR":
        return "uint8"
    if bits == 1:
        return "bool"
    signed = bool(header.get("PixelRepresentation"))
    if header.get("ModalityLUTSequence"):
        return f"uint{8 if int(header.ModalityLUTSequence[0].LUTDescriptor[2]) <= 8 else 16}"
    slope, intercept = _rescale(header)
    if (slope, intercept) == (1, 0) or int(header.get("SamplesPerPixel", 1)) > 1:
        return f"{'int' if signed else 'uint'}{bits}"
    if slope % 1 or intercept % 1:
        return "float32"
    # by the header, so that all files of a scanner have one type
    span = 2 ** int(header.get("BitsStored", bits))
    ends = np.array([-span // 2, span // 2 - 1] if signed else [0, span - 1]) * slope + intercept
    return next((kind for kind in ("int16", "int32") if _holds(kind, ends)), "float32")


def _holds(kind: str, ends: NDArray[np.float64]) -> bool:
    known = np.iinfo(kind)
    return bool(known.min <= ends.min() and ends.max() <= known.max)


def _inside(values: NDArray[Any], header: Any) -> NDArray[np.float64] | None:
    """What is not padding, which a scanner gives a value far from all others; None where it declares none."""
    padding = header.get("PixelPaddingValue")
    if padding is None:
        return None
    limit = header.get("PixelPaddingRangeLimit")
    ends = np.array([padding, padding if limit is None else limit]).astype(values.dtype)
    inside: NDArray[np.bool_] = (values < ends.min()) | (values > ends.max())
    return inside.astype(np.float64)


def _rescale(header: Any) -> tuple[float, float]:
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    return 1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)


def _window(header: Any) -> tuple[float, float] | None:
    """The values that the file's first window shows as black and white."""
    try:
        center, width = (
            float(np.atleast_1d(np.asarray(header.get(name), float))[0]) for name in ("WindowCenter", "WindowWidth")
        )
    except (TypeError, ValueError, IndexError):
        return None
    if not (np.isfinite([center, width]).all() and width > 1):
        return None
    if header.get("VOILUTFunction", "LINEAR") == "LINEAR":  # as the standard has it, half a step off
        center, width = center - 0.5, width - 1
    return center - width / 2, center + width / 2


def _require_decoder(header: Any) -> None:
    """Raises UserError where the file has no pixels, or none that the installed packages decode."""
    if "Rows" not in header or "BitsAllocated" not in header:
        raise UserError("Expected a DICOM file with pixels, received one without.")
    syntax = getattr(header.file_meta, "TransferSyntaxUID", None) if hasattr(header, "file_meta") else None
    if syntax is None or not syntax.is_compressed or not syntax.is_encapsulated:
        return
    from pydicom.pixels import get_decoder

    if not get_decoder(syntax).is_available:
        raise MissingPackageError("pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg", f"DICOM files in {syntax.name}")


def _read(data: bytes, **options: Any) -> Any:
    try:
        import pydicom
    except ImportError:
        raise MissingPackageError("pydicom", "DICOM files") from None
    try:
        return pydicom.dcmread(io.BytesIO(data), force=True, **options)
    except Exception as error:  # its readers raise any error on damaged files
        raise UserError(
            f"Expected a DICOM file, received {len(data):,} bytes that cannot be read: {' '.join(str(error).split())}."
        ) from None
