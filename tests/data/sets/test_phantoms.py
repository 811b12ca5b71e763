"""Properties of every phantom: pixels, labels, groups, same bytes from the same seed, weak linear models."""

import importlib
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score


class Case(NamedTuple):
    """A phantom, the properties in its docstring, and an upper bound of the ROC AUC of a linear model on its pixels.

    The bound is the largest of two seeds with four folds each, plus 0.05.
    """

    name: str
    classes: int
    shared: int  # examples in a group
    pure: bool  # a group has one class
    linear: float


CASES = [
    Case("patch_camelyon", 2, 6, pure=False, linear=0.67),
    Case("breast_histopathology", 2, 8, pure=False, linear=0.61),
    Case("chest_xray", 2, 2, pure=True, linear=0.71),
    Case("brain_tumor", 4, 1, pure=True, linear=0.75),
    Case("skin_cancer", 2, 1, pure=True, linear=0.70),
    Case("cifar10", 10, 1, pure=True, linear=0.58),
]
every_phantom = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def draw(name, seed, examples, size=32):
    return importlib.import_module(f"cnnbench.data.sets.{name}.phantom").draw(
        np.random.default_rng(seed), examples, size
    )


@every_phantom
@pytest.mark.parametrize("size", [24, 50])
def test_pixels_and_labels(case, size):
    images, labels, groups = draw(case.name, 0, 120, size)
    assert (images.shape, images.dtype) == ((120, size, size, 3), np.uint8)
    assert (labels.shape, labels.dtype) == ((120,), np.int64)
    assert np.bincount(labels).tolist() == [120 // case.classes] * case.classes
    assert len(groups) == 120
    assert images.std(axis=(1, 2)).min() > 10  # none is blank
    assert len({image.tobytes() for image in images}) == 120  # no copies, which the split would drop


@every_phantom
def test_groups(case):
    _, labels, groups = draw(case.name, 0, 96)
    members = [[label for label, group in zip(labels, groups, strict=True) if group == name] for name in set(groups)]
    assert {len(group) for group in members} == {case.shared}
    assert all(len(set(group)) == 1 for group in members) == case.pure


@every_phantom
def test_uneven_numbers(case):
    for examples in (1, 7, 2 * case.shared + 1):
        images, labels, groups = draw(case.name, 0, examples, 24)
        assert len(images) == len(labels) == len(groups) == examples


@every_phantom
def test_same_seed_same_bytes(case):
    first, again, other = (draw(case.name, seed, 40) for seed in (5, 5, 6))
    assert first.images.tobytes() == again.images.tobytes()
    assert (first.labels.tolist(), first.groups) == (again.labels.tolist(), again.groups)
    assert first.images.tobytes() != other.images.tobytes()


@every_phantom
def test_classes_have_the_same_mean_picture(case):
    images, labels, _ = draw(case.name, 0, 600)
    colours = np.stack([images[labels == label].mean(axis=(0, 1, 2)) for label in range(case.classes)])
    # of 255; shapes choose theirs at random, and are few
    assert np.ptp(colours, axis=0).max() < (24 if case.name == "cifar10" else 4)


@every_phantom
def test_a_linear_model_on_pixels_is_weak(case):
    images, labels, groups = draw(case.name, 0, 500, 24)
    test = np.unique(groups, return_inverse=True)[1] % 5 == 0
    pixels = images.reshape(500, -1).astype(np.float32)
    pixels = (pixels - pixels[~test].mean(axis=0)) / pixels[~test].std(axis=0).clip(1)
    model = LogisticRegression(C=1e-3, max_iter=50).fit(pixels[~test], labels[~test])
    scores = model.predict_proba(pixels[test])
    scores = scores[:, 1] if case.classes == 2 else scores
    assert roc_auc_score(labels[test], scores, multi_class="ovr", labels=range(case.classes)) < case.linear


def test_no_tensorflow():
    names = ", ".join(f"cnnbench.data.sets.{case.name}.phantom" for case in CASES)
    code = f"import sys, {names}; print({{'tensorflow', 'keras', 'sklearn'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
