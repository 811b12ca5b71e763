"""The cache's bytes depend on the examples and the split alone, and its sums on no order."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from cnnbench.data import raw
from cnnbench.data.cache import writer


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_bytes_are_the_same_with_any_number_of_workers(digits, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(raw, "ThreadPoolExecutor", partial(ThreadPoolExecutor, max_workers=workers))
    writer.write(digits.raw, digits.split, tmp_path, (28, 28))
    expected, received = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (digits.records, tmp_path)
    )
    assert received == expected


@pytest.mark.parametrize("shape", [(64, 64, 3), (28, 28, 1), (1, 13)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_are_the_sums_of_values_and_squares(shape, dtype):
    values = np.random.default_rng(0).integers(0, 256, shape).astype(dtype).reshape(-1, shape[-1])
    whole = values.astype(object)
    assert writer._moments(values).tolist() == [whole.sum(axis=0).tolist(), (whole**2).sum(axis=0).tolist()]
