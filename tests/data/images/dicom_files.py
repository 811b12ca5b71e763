"""DICOM files of the tests' own, as scanners write them."""

import io

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage


def dicom(pixels, syntax=ExplicitVRLittleEndian, frames=1, bits=None, **tags):
    """A file of uint8, uint16 or int16 pixels, (height, width) or (height, width, 3), with frames before it."""
    colour = pixels.ndim == 3 and frames == 1
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    data.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    data.SOPClassUID, data.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    data.Rows, data.Columns = pixels.shape[1:3] if frames > 1 else pixels.shape[:2]
    data.SamplesPerPixel = 3 if colour else 1
    data.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        data.PlanarConfiguration = 0
    if frames > 1:
        data.NumberOfFrames = frames
    data.BitsAllocated = 8 * pixels.dtype.itemsize
    data.BitsStored = bits or data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    for name, value in tags.items():
        setattr(data, name, value)
    if "PixelData" not in tags:
        data["PixelData"] = _element(np.ascontiguousarray(pixels).tobytes(), pixels.dtype.itemsize)
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _element(content, size):
    from pydicom.dataelem import DataElement

    return DataElement("PixelData", "OW" if size > 1 else "OB", content + b"\0" * (len(content) % 2))
