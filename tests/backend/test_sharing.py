"""One training on two virtual devices of TensorFlow: the same loss curve, and each example is read once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnbench import config
from cnnbench.backend import runtime, sharing
from cnnbench.core.errors import UserError

TOLERANCE = 1e-5  # of the loss, relative; sums are taken in another order


@pytest.fixture(scope="module")
def found(digits, tmp_path_factory):
    result = tmp_path_factory.mktemp("shared") / "found.json"
    script = Path(__file__).parent / "on_two_devices.py"
    subprocess.run([sys.executable, script, digits.records, result], check=True)
    return json.loads(result.read_text())


def test_two_devices_learn_what_one_learns(found):
    for one, two in zip(found["one"], found["two"], strict=True):
        for name in ("loss", "val_loss"):
            assert two[name] == pytest.approx(one[name], rel=TOLERANCE)
        assert (two["epoch"], two["lr"]) == (one["epoch"], one["lr"])
    assert found["two"][-1]["loss"] < found["two"][0]["loss"]
    assert found["difference"] < 1e-5
    assert found["repeats"], "the same bits each time"
    assert found["resumes"], "after a kill, too"


def test_each_device_has_an_equal_part_of_each_batch_and_none_is_empty(found):
    training = found["training"]
    assert [[len(part) for part in parts] for parts in training] == [[8, 8], [8, 8]]
    seen = [example for parts in training for part in parts for example in part]
    assert len({*seen}) == 32, "one of 33 is left out, another one in each epoch"
    validation = found["validation"]
    assert all(part for parts in validation for part in parts)
    assert sorted(example for parts in validation for part in parts for example in part) == list(range(33))


def test_a_batch_that_cannot_be_shared_is_one_line(found):
    assert found["refused"].startswith("Expected a batch_size that 2 devices can share evenly, received 33: change it")


@pytest.mark.parametrize("devices", [1, 2, 3, 4, 8])
def test_every_device_has_a_part_of_every_validation_batch(monkeypatch, devices):
    monkeypatch.setattr(sharing, "count", lambda: devices)
    for examples in range(20 * devices, 1000):
        size = sharing.batch_size(examples, 64)
        assert size % devices == 0
        assert devices > 1 or size == 64
        if rest := examples % size:
            assert -(-rest // devices) * (devices - 1) < rest
    if devices > 1:
        with pytest.raises(UserError, match=f"a validation part that {devices} devices can share, received 1 examples"):
            sharing.batch_size(1, 64)


def test_other_backends_refuse_in_one_line(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("backend: jax\ndevice: gpus\n")
    with pytest.raises(UserError, match=r"received gpus: tensorflow alone has them share"):
        config.load(path)


def test_a_machine_without_a_gpu_is_one_line():
    with pytest.raises(UserError, match=r"Expected a GPU, as device: gpus in params.yaml says, received none"):
        runtime.configure("gpus", 1, 0)
