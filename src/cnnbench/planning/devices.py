"""Guesses the device of trainings at once, since TensorFlow itself takes three seconds to answer."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cnnbench.config import Device

DEV = Path("/dev")
_CUDA_PACKAGE = "nvidia-cudnn-cu12"  # one of the packages that `make install GPU=1` adds


def guess_device(device: Device, dev: Path = DEV) -> str:
    """The likely device for the setting in params.yaml, and the reason; "auto" where only TensorFlow can tell."""
    if device != "auto":
        return f"{device}, as params.yaml says"
    if not _is_gpu_visible(dev):
        return "cpu: there is no NVIDIA GPU to be seen here"
    try:
        # asks the metadata alone: nothing of CUDA is loaded
        version(_CUDA_PACKAGE)
    except PackageNotFoundError:
        return "auto: the GPU here, if TensorFlow finds its CUDA libraries, else cpu; `make install GPU=1` brings them"
    return "gpu: there is one here, and TensorFlow has its CUDA libraries"


def _is_gpu_visible(dev: Path) -> bool:
    """Whether this process can see an NVIDIA GPU; dxg is that of WSL."""
    # either value hides all cards from CUDA
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all") in ("", "-1"):
        return False
    # with a digit, since nvidiactl and nvidia-uvm are no cards
    return any(dev.glob("nvidia[0-9]*")) or (dev / "dxg").exists()
