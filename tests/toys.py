"""Shared by tests: paths, the usual split, synthetic images, and the check that bad input gets one line."""

import io
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnbench.config import Split
from cnnbench.core.errors import UserError

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "params.yaml"
REAL = ROOT.parent / "shared/data"  # the publishers' archives, on machines that have them
SPLIT = Split(train=0.8, val=0.1, test=0.1, seed=0)


@contextmanager
def refused(message=None):
    """Expects the block to end in a `UserError` of one line that matches, where there is something to match."""
    with pytest.raises(UserError, match=message) as caught:
        yield caught
    assert "\n" not in str(caught.value)


def encoded(image, kind="PNG", **options):
    """An image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def film(seed, side=20, kind="JPEG"):
    """The bytes of a grey image; every seed gives another."""
    return encoded(Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8)), kind)
