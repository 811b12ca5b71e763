"""The features that separate the classes of each phantom, measured in the pixels without a network."""

import numpy as np
import pytest

from cnnbench.data.sets.brain_tumor import phantom as brain_tumor
from cnnbench.data.sets.breast_histopathology import phantom as breast_histopathology
from cnnbench.data.sets.chest_xray import phantom as chest_xray
from cnnbench.data.sets.cifar10 import phantom as cifar10
from cnnbench.data.sets.patch_camelyon import phantom as patch_camelyon
from cnnbench.data.sets.skin_cancer import phantom as skin_cancer


def roughness(images):
    """Mean square of neighbouring pixels' difference relative to the variance: high for small things."""
    grey = images.astype(float).mean(axis=-1)
    return (np.diff(grey, axis=1) ** 2).mean(axis=(1, 2)) / grey.var(axis=(1, 2))


def separation(values, labels):
    """The share of pairs of one example of class 1 and one of class 0 in which the first is larger (ROC AUC)."""
    return float((values[labels == 1][:, None] > values[labels == 0][None]).mean())


def test_lymphocytes_are_smaller_than_tumour_cells():
    images, labels, _ = patch_camelyon.draw(np.random.default_rng(0), 200, 48)
    assert separation(roughness(images), labels) < 0.1


def test_only_benign_breast_has_hollow_ducts():
    images, labels, _ = breast_histopathology.draw(np.random.default_rng(0), 200, 50)
    assert separation((images.min(axis=-1) > 240).mean(axis=(1, 2)), labels) < 0.1


def test_pneumonia_is_patchy():
    images, labels, _ = chest_xray.draw(np.random.default_rng(0), 200, 64)
    side = images[:, 20:36, 10:24, 0].astype(float)  # inside the lung at the picture's left
    assert separation(side.std(axis=(1, 2)), labels) > 0.8


def test_films_of_a_patient_show_one_anatomy():
    images, _, groups = chest_xray.draw(np.random.default_rng(0), 200, 48)
    pixels = images[..., 0].reshape(200, -1).astype(float)
    likeness = np.corrcoef(pixels)
    same = np.array(groups)[:, None] == np.array(groups)[None]
    assert likeness[same & ~np.eye(200, dtype=bool)].mean() > likeness[~same].mean()


@pytest.mark.parametrize(
    ("label", "rows", "columns"), [(3, (0.66, 0.84), (0.42, 0.58)), (0, (0.35, 0.62), (0.24, 0.42))]
)
def test_tumours_lie_where_they_belong(label, rows, columns):
    images, labels, _ = brain_tumor.draw(np.random.default_rng(0), 400, 64)
    (top, bottom), (left, right) = (tuple(int(64 * at) for at in span) for span in (rows, columns))
    unusual = (
        np.abs(images - np.median(images[labels == 2], axis=0))
        .mean(axis=-1)[:, top:bottom, left:right]
        .mean(axis=(1, 2))
    )
    ill = (labels == label).astype(int)
    keep = (labels == label) | (labels == 2)
    assert separation(unusual[keep], ill[keep]) > 0.75


def test_malignant_lesions_have_several_colours():
    images, labels, _ = skin_cancer.draw(np.random.default_rng(0), 200, 64)
    redness = images[:, 16:48, 16:48, 0].astype(float) - images[:, 16:48, 16:48, 2]
    assert separation(redness.std(axis=(1, 2)), labels) > 0.8


def test_shapes_are_named_and_differ():
    assert len(set(cifar10.SHAPES)) == 10
    x, y = np.meshgrid(np.linspace(-1.2, 1.2, 60), np.linspace(-1.2, 1.2, 60))
    masks = [(outside(x, y) < 0) for outside in cifar10.OUTSIDE.values()]
    assert all(0.08 < mask.mean() < 0.6 for mask in masks)
    overlaps = [(a & b).sum() / (a | b).sum() for i, a in enumerate(masks) for b in masks[:i]]
    assert max(overlaps) < 0.85
