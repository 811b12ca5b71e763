"""The embedded data have the committed bytes, on this processor and on others; benchmarks/processors.py does all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def processors(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import processors

    return processors


@pytest.fixture
def expected(processors):
    return processors.files.read_json(processors.EXPECTED)


@pytest.mark.parametrize("corner", range(4), ids=["weakest", "strong kernel", "strong NumPy", "strongest"])
def test_phantoms_are_the_same_on_every_processor(processors, expected, corner):
    variables = list(processors.corners(processors.pretended_processors()).values())[corner]
    assert processors.hash_elsewhere(variables, "--examples", str(processors.SMALL)) == expected["small"]


def test_the_quick_profile_has_the_committed_bytes(processors, expected, tmp_path):
    assert processors.hash_data(tmp_path) == expected["quick"]


def test_the_pretended_processors_compute_otherwise(processors):
    code = "import numpy as np; x = np.random.default_rng(0).random((99, 99)); print((np.exp(x) @ x).tobytes().hex())"
    corners = processors.corners(processors.pretended_processors())
    printed = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | corner, capture_output=True, check=True).stdout
        for corner in corners.values()
    }
    assert len(printed) > 1 or len(corners) == 1
