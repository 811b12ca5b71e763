"""A training whose examples the device holds learns, to the bit, what one learns that is fed batch by batch.

There is no GPU here: the code that one would run is run on the processor, with every backend that is installed.
"""

import importlib.util
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import held_training
import numpy as np
import pytest

from cnnbench.backend import feeding, on_jax, runtime, sharing
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples, Inputs

SMALL = (Batches(np.zeros((50, 4), np.uint8), size=5, seed=0), Batches(np.zeros((10, 4), np.uint8), size=5))


@pytest.mark.parametrize("kind", held_training.KINDS)
@pytest.mark.parametrize("more", [{}, {"steps": 4}, {"class_weight": {0: 0.5, 1: 1.0, 2: 2.0}}], ids=str)
def test_it_learns_the_same_bits(kind, more):
    found = held_training.compare(kind, **more)
    assert found == {"weights": True, "figures": True, "named": ["accuracy", "loss", "val_accuracy", "val_loss"]}


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_so_it_does_with_another_backend(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"the package {backend} is not installed: pip install {backend}")
    clean = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    command = [sys.executable, held_training.__file__, backend]
    done = subprocess.run(command, env=clean | {"PYTHONPATH": "src"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [*found] == [*held_training.KINDS]
    assert all(one["weights"] and one["figures"] for both in found.values() for one in both)


def test_it_reads_no_example_again(digits, monkeypatch):
    import keras

    examples = Examples(digits.records, digits.contents, [0, 1])
    train = Batches(examples.inputs, examples.labels, size=16, seed=0)
    model = keras.Sequential([keras.Input((28, 28, 1), dtype="uint8"), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    fed = feeding.feed_training(model, train)
    monkeypatch.setattr(Inputs, "gather", lambda *_: pytest.fail("an example was read again"))
    model.fit(fed[0], steps_per_epoch=train.steps, epochs=2, verbose=0, shuffle=False)


@pytest.mark.parametrize(("size", "number"), [(5, 4), (5, 1), (7, 3), (13, 32), (2, 32), (60, 2)])
def test_batches_that_one_call_gathers_are_all_in_their_order(size, number):
    rows = np.arange(13)
    stream = [(rows[begin : begin + size],) for _ in range(3) for begin in range(0, len(rows), size)]
    groups = list(on_jax._grouped(iter(stream), number, size))
    assert [batch[0].tolist() for group in groups for batch in group] == [batch[0].tolist() for batch in stream]
    assert max(map(len, groups)) <= number
    for group in groups:
        assert len({len(batch[0]) for batch in group}) == 1, "arrays of one size are stacked"


def test_what_the_device_is_sent_are_numbers_in_the_order_of_the_batches():
    train, _ = held_training.parts("images")
    sent = iter(runtime.engine()._feed_epochs(train.numbered()))
    for rows, labels in (next(sent) for _ in range(2 * train.steps)):
        assert rows.dtype == "int64"
        assert np.array_equal(labels, rows.numpy() % 3)
        assert len(rows) in (held_training.SIZE, 50 % held_training.SIZE)


@pytest.mark.parametrize(("free", "holds"), [(960, True), (959, False), (0, False)])
def test_a_gpu_holds_what_takes_a_quarter_of_its_free_memory(monkeypatch, capsys, free, holds):
    gpu = SimpleNamespace(has_gpu=lambda: True, free_bytes=lambda: free, sharing=(), HELD=0)
    monkeypatch.setattr(runtime, "engine", lambda: gpu)
    assert feeding._may_hold(*SMALL) is holds
    said = f"{'holds' if holds else 'reads'} 240 bytes of examples: the GPU has {free:,} free\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("held", "parts", "holds"),
    [
        (240, SMALL, True),
        (239, SMALL, False),
        (2**24, (Batches(np.zeros((9, 2**13 + 1), np.uint8), size=2, seed=0),), False),
        (2**24, (SMALL[0],), True),
    ],
    ids=["small", "larger than is held", "large batches", "no validation part"],
)
def test_a_processor_holds_small_sets_of_tiny_batches(monkeypatch, capsys, held, parts, holds):
    monkeypatch.setattr(runtime.engine(), "HELD", held)
    assert feeding._may_hold(*parts) is holds
    assert not capsys.readouterr().out


def test_mixed_images_and_shared_batches_are_not_held(monkeypatch):
    changed = Batches(np.zeros((50, 4), np.uint8), size=5, seed=0, change=lambda _, batch: batch)
    assert not feeding._may_hold(changed, SMALL[1])
    monkeypatch.setattr(sharing, "count", lambda: 2)
    assert not feeding._may_hold(*SMALL)


def test_where_there_is_no_gpu_it_has_no_free_memory():
    assert runtime.engine().free_bytes() == 0


def test_all_backends_can():
    for backend in ("tensorflow", "jax", "torch"):
        assert {"feed_held", "free_bytes", "HELD"} <= {*vars(runtime.engine(backend))}
