"""NIfTI volumes, by the optional package nibabel: a volume counts as one image, its middle axial slice."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from cnnbench.data.images import limits
from cnnbench.data.images.limits import MissingPackageError
from cnnbench.data.images.stored import Stored

_HEADER = 352  # bytes
_GZIP = b"\x1f\x8b"
_MARK = (b"n+1\0", b"n+2\0")


def is_nifti(data: bytes) -> bool:
    """Whether the bytes are a NIfTI file, gzipped or not; their first 2,048 are enough."""
    if data.startswith(_GZIP):
        try:
            data = zlib.decompressobj(31).decompress(data[:2048], _HEADER)
        except zlib.error:
            return False
    return data[344:348] == _MARK[0] or data[4:8] == _MARK[1]


def look(data: bytes) -> tuple[str, int]:
    """Type of the values and number of slices.

    Raises:
        UserError: nibabel is missing.
    """
    volume = _open(data)
    return _type(volume), int(np.prod(volume.shape[2:]))


def pixels(data: bytes) -> Stored:
    """The middle axial slice, of the first volume, as radiologists see it: anterior up, the patient's right left.

    Raises:
        UserError: nibabel is missing.
        Exception: Of any kind, from nibabel's reader.
    """
    volume = _open(data)
    limits.check(*volume.shape[:2])
    import nibabel

    # in the order right, anterior, superior, whatever the order in which they are stored
    whole = nibabel.as_closest_canonical(volume).dataobj
    depth = whole.shape[2:]
    middle = np.asarray(whole[:, :, depth[0] // 2, *(0 for _ in depth[1:])] if depth else whole)
    return Stored(middle.T[::-1, ::-1].astype(_type(volume)))


def _type(volume: Any) -> str:
    if (stored := volume.get_data_dtype()).kind not in "iuf":
        raise ValueError(f"voxels of {stored.names or stored.name}, not of grey values: save its slices as PNG files")
    scaled = (volume.dataobj.slope, volume.dataobj.inter) != (1, 0)
    return "float32" if scaled else str(stored.newbyteorder("=").name)


def _open(data: bytes) -> Any:
    try:
        import nibabel
    except ImportError:
        raise MissingPackageError("nibabel", "NIfTI files") from None
    if data.startswith(_GZIP):
        inflater = zlib.decompressobj(31)
        data = inflater.decompress(data, limits.MAX_BYTES)
        if inflater.unconsumed_tail:
            raise ValueError(f"more than {limits.MAX_BYTES:,} bytes in its archive")
        if not inflater.eof:
            raise ValueError("an archive that is cut short")
    kind = nibabel.Nifti2Image if data[4:8] == _MARK[1] else nibabel.Nifti1Image
    return kind.from_bytes(data)
