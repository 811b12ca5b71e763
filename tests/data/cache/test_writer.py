"""The cache's bytes depend on the examples and the split alone, and its sums on no order."""

import hashlib
import resource
import signal

import numpy as np
import pytest

from cnnbench.core import workers
from cnnbench.data import raw
from cnnbench.data.cache import placed_records, writer
from cnnbench.data.cache.placed_records import Form, Placed, Recorder, frame_size


@pytest.mark.parametrize(("count", "processes"), [(1, False), (2, False), (7, False), (1, True), (3, True)])
@pytest.mark.parametrize("name", ["digits", "housing"])
def test_bytes_are_the_same_whoever_writes_them(request, tmp_path, monkeypatch, name, count, processes):
    known = request.getfixturevalue(name)
    monkeypatch.setattr(workers, "cores", lambda: count)
    monkeypatch.setattr(raw, "_PIECE", 7)
    monkeypatch.setattr(raw, "_MANY", 0 if processes else 2**60)
    writer.write(known.raw, known.split, tmp_path, (28, 28) if name == "digits" else None)
    expected, received = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        for folder in (known.records, tmp_path)
    )
    assert received == expected


def test_a_place_is_as_long_as_its_record(tmp_path):
    shard = tmp_path / "shard"
    for values in (np.arange(3, dtype="<f4"), np.arange(200, dtype="<f4")):
        for classes, label in ((True, 0), (True, 127), (True, 128), (True, 2**40), (False, -0.5)):
            for text in ("a", "é" * 70, "a" * 20_000):
                shard.touch()
                form = Form((len(values), 1), values.dtype, {}, "stretch", classes)
                example = raw.Example(text, values[:, None], label, "")
                with Recorder([shard], form) as record:
                    record(Placed(example, text, 0, 0))
                assert shard.stat().st_size == frame_size(example, text, form)
                shard.unlink()


@pytest.mark.parametrize("processes", [False, True])
def test_a_disk_that_is_full_is_an_error_that_names_a_shard(digits, tmp_path, monkeypatch, processes):
    monkeypatch.setattr(raw, "_MANY", 0 if processes else 2**60)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"File too large: .*fold-\d-00000\.tfrecord"):
            writer.write(digits.raw, digits.split, tmp_path, (28, 28))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(64, 64, 3), (28, 28, 1), (1, 13)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_moments_are_the_sums_of_values_and_squares(shape, dtype):
    values = np.random.default_rng(0).integers(0, 256, shape).astype(dtype).reshape(-1, shape[-1])
    whole = values.astype(object)
    assert placed_records.moments(values).tolist() == [whole.sum(axis=0).tolist(), (whole**2).sum(axis=0).tolist()]
