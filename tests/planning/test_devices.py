"""The guessed device of a training."""

import pytest

from cnnbench.planning import devices


@pytest.fixture
def dev(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def libraries(monkeypatch, *, there):
    def version(name):
        if not there:
            raise devices.PackageNotFoundError(name)
        return "9.1"

    monkeypatch.setattr(devices, "version", version)


@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_params_decide(dev, device):
    (dev / "nvidia0").touch()
    assert devices.guess_device(device, dev) == f"{device}, as params.yaml says"


def test_auto_is_cpu_where_no_gpu_is_to_be_seen(dev, monkeypatch):
    (dev / "nvidiactl").touch()
    assert devices.guess_device("auto", dev).startswith("cpu: there is no NVIDIA GPU")
    (dev / "nvidia0").touch()
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert devices.guess_device("auto", dev).startswith("cpu: ")


@pytest.mark.parametrize("name", ["nvidia0", "dxg"])
def test_auto_takes_the_gpu_or_says_that_it_cannot_tell(dev, monkeypatch, name):
    (dev / name).touch()
    libraries(monkeypatch, there=True)
    assert devices.guess_device("auto", dev).startswith("gpu: ")
    libraries(monkeypatch, there=False)
    answer = devices.guess_device("auto", dev)
    assert answer.startswith("auto: ")
    assert "make install GPU=1" in answer
