"""NIfTI volumes: the middle axial slice."""

import gzip
import sys

import nibabel
import numpy as np
import pytest
from toys import refused

from cnnbench.data import images
from cnnbench.data.images import limits

VOLUME = np.arange(20 * 24 * 7, dtype=np.int16).reshape(20, 24, 7)
RANGES = {"int16": (0.0, 3360.0), "float32": (0.0, 3360.0)}


def nifti(volume=VOLUME, affine=None, kind=nibabel.Nifti1Image):
    return kind(volume, np.eye(4) if affine is None else affine).to_bytes()


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_middle_axial_slice_is_the_image(kind, pack):
    data = pack(nifti(kind=kind))
    assert images.look(data) == ("int16", 7)
    pixels = images.read(data).values
    assert (pixels == VOLUME[:, :, 3].T[::-1, ::-1]).all()
    assert images.decode(data, 3, RANGES).shape == (24, 20, 3)


def test_the_order_of_the_axes_in_the_file_does_not_matter():
    turned = nifti(np.ascontiguousarray(VOLUME[::-1]), np.diag([-1, 1, 1, 1]))
    assert (images.read(turned).values == images.read(nifti()).values).all()
    assert images.look(nifti(VOLUME[:, :, :, None].repeat(2, axis=3)))[1] == 14
    assert (images.read(nifti(VOLUME[:, :, :, None].repeat(2, axis=3))).values == images.read(nifti()).values).all()


def test_without_nibabel_it_is_one_line(monkeypatch):
    data = nifti()
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with refused("Expected the package nibabel to read NIfTI files, received none: run `pip install nibabel`"):
        images.decode(data, 1)


def test_damage_and_bombs_are_one_line(monkeypatch):
    with refused("cannot be read"):
        images.decode(nifti()[:2000], 1, RANGES)
    with refused("cannot be read"):
        images.decode(gzip.compress(nifti())[:-400], 1, RANGES)
    monkeypatch.setattr(limits, "MAX_BYTES", 1000)
    with refused("cannot be read: more than 1,000 bytes"):
        images.decode(gzip.compress(nifti()), 1, RANGES)


@pytest.mark.parametrize("kind", [np.complex64, [("R", "u1"), ("G", "u1"), ("B", "u1")]])
def test_voxels_of_other_than_grey_values_are_refused(kind):
    with refused(r"cannot be read: voxels of .*, not of grey values: save its slices as PNG files"):
        images.decode(nifti(np.zeros((20, 24, 7), kind)), 1)
