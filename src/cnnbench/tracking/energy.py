"""Counters of energy that the machine has: RAPL of the processors, NVML of an Nvidia GPU."""

from __future__ import annotations

import ctypes
import math
import os
import threading
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
INTERVAL = 60.0  # seconds between two looks: a RAPL counter wraps within the hour under load


class Counter:
    """Joules between `start` and `stop`; None where there is no counter that may be read.

    Args:
        gpu: Whether to read the GPU's counter, not the processors'.
        powercap: Where Linux shows RAPL.
    """

    def __init__(self, *, gpu: bool = False, powercap: Path = POWERCAP) -> None:
        self._read = _nvml if gpu else lambda: _rapl(powercap)
        self._ended = threading.Event()
        self._joules = 0.0

    def start(self) -> None:
        """Begins to count; a thread looks now and then, so that no turn of a counter is missed."""
        self._last = self._read()
        if self._last:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()

    def stop(self) -> float | None:
        """Ends the count."""
        if not self._last:
            return None
        self._ended.set()
        self._thread.join()
        self._add()
        return self._joules if self._last and math.isfinite(self._joules) else None

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._add()

    def _add(self) -> None:
        now = self._read() if self._last else {}
        if now.keys() == self._last.keys():
            for name, (joules, turn) in now.items():
                self._joules += (joules - self._last[name][0]) % turn
            self._last = now
        else:  # a counter is gone: the sum would be of something else
            self._last = {}


def _rapl(powercap: Path) -> dict[str, tuple[float, float]]:
    """Of each processor package the joules on its counter, and at how many it starts again from 0."""
    try:
        return {
            zone.name: (_microjoules(zone / "energy_uj"), _microjoules(zone / "max_energy_range_uj"))
            for zone in sorted(powercap.glob("intel-rapl:*"))
            if zone.name.count(":") == 1 and (zone / "name").read_text().startswith("package")
        }
    except (OSError, ValueError):  # only root may read it on most machines
        return {}


def _microjoules(path: Path) -> float:
    return int(path.read_text()) / 1e6


def _nvml() -> dict[str, tuple[float, float]]:
    """The joules on the counter of the GPU in use; none where there are several and none of them is chosen."""
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return {}
    if nvml.nvmlInit_v2() != 0:
        return {}
    try:
        device, millijoules = ctypes.c_void_p(), ctypes.c_ulonglong()
        if _find(nvml, device) or nvml.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(millijoules)):
            return {}
        return {"gpu": (millijoules.value / 1000, math.inf)}
    finally:
        nvml.nvmlShutdown()


def _find(nvml: ctypes.CDLL, device: ctypes.c_void_p) -> int:
    """Fills in the first GPU that TensorFlow may see; returns NVML's error, 0 for none."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    if first.startswith("GPU-"):
        return int(nvml.nvmlDeviceGetHandleByUUID(first.encode(), ctypes.byref(device)))
    count = ctypes.c_uint()
    nvml.nvmlDeviceGetCount_v2(ctypes.byref(count))
    if not first.isdecimal() and count.value != 1:
        return 1
    return int(nvml.nvmlDeviceGetHandleByIndex_v2(int(first or 0), ctypes.byref(device)))
