"""GPUs and the number of stages at once, on machines that are played."""

import os
from types import SimpleNamespace

import psutil
import pytest

from cnnbench.running import slots

WHOLE = """GPU 0: NVIDIA A100 (UUID: GPU-11111111-aaaa)
GPU 1: NVIDIA A100 (UUID: GPU-22222222-bbbb)
"""
PARTED = """GPU 0: NVIDIA A100 (UUID: GPU-11111111-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-33333333-cccc)
  MIG 3g.20gb     Device  1: (UUID: MIG-44444444-dddd)
GPU 1: NVIDIA A100 (UUID: GPU-22222222-bbbb)
"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Puts an nvidia-smi in front that prints this."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def prints(text, code=0):
        tool = tmp_path / "nvidia-smi"
        tool.write_text(f"#!/bin/sh\necho '{text}'\nexit {code}\n")
        tool.chmod(0o755)

    return prints


def test_the_gpus_of_nvidia_smi(machine):
    assert slots.find_gpus() == [], "no such tool"
    machine(WHOLE)
    assert slots.find_gpus() == ["GPU-11111111-aaaa", "GPU-22222222-bbbb"]
    machine(PARTED)
    assert slots.find_gpus() == ["MIG-33333333-cccc", "MIG-44444444-dddd", "GPU-22222222-bbbb"]
    machine(WHOLE, code=9)
    assert slots.find_gpus() == [], "the driver does not answer"


@pytest.mark.parametrize(
    ("value", "gpus"), [("0,1", ["0", "1"]), ("", []), ("-1", []), ("2, 0,-1,1", ["2", "0"]), ("GPU-a", ["GPU-a"])]
)
def test_the_gpus_that_the_environment_leaves(machine, monkeypatch, value, gpus):
    machine(WHOLE)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert slots.find_gpus() == gpus


def test_slots_take_gpus_in_turn():
    places = slots.Slots(3, ["0", "1"])
    assert [places.take(), places.take()] == [0, 1]
    places.give_back(0)
    assert [places.take(), places.take()] == [0, 2]
    assert not places
    assert [places.environment(slot)["CUDA_VISIBLE_DEVICES"] for slot in range(3)] == ["0", "1", "0"]
    assert slots.Slots(1).environment(0) == {}


@pytest.mark.parametrize(
    ("cores", "gigabytes", "threads", "gpus", "count"),
    [(2, 16, 1, 0, 2), (2, 16, 2, 0, 1), (2, 16, 4, 0, 1), (64, 9, 1, 0, 4), (64, 1, 1, 0, 1), (64, 256, 2, 4, 4)],
)
def test_as_many_as_fit(monkeypatch, cores, gigabytes, threads, gpus, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=gigabytes * 2**30))
    assert slots.count_fitting(threads, ["x"] * gpus) == count
