"""How many stages run at once on this machine, and on which GPU each."""

from __future__ import annotations

import heapq
import os
import re
import subprocess
from collections.abc import Sequence

import psutil

from cnnbench.core.errors import UserError
from cnnbench.core.workers import cores

_MEMORY = 2 * 2**30  # bytes that a stage takes at most, usually


class Slots:
    """Numbered places for stages that run at once; a place keeps its GPU.

    Args:
        count: Of places.
        gpus: As CUDA_VISIBLE_DEVICES names them; empty where stages see what this process sees.
    """

    def __init__(self, count: int, gpus: Sequence[str] = ()) -> None:
        self._free = list(range(count))
        self._gpus = gpus

    def __bool__(self) -> bool:
        """Whether one is free."""
        return bool(self._free)

    def take(self) -> int:
        """Takes the free place with the lowest number."""
        return heapq.heappop(self._free)

    def give_back(self, slot: int) -> None:
        """Frees a place."""
        heapq.heappush(self._free, slot)

    def environment(self, slot: int) -> dict[str, str]:
        """The variables that show a place its GPU and no other."""
        return {"CUDA_VISIBLE_DEVICES": self._gpus[slot % len(self._gpus)]} if self._gpus else {}


def count_fitting(threads: int, gpus: Sequence[str]) -> int:
    """How many stages of so many threads fit this machine: its cores, its free memory, its GPUs; at least one."""
    count, memory = cores(), int(psutil.virtual_memory().available)
    return max(1, min(count // threads, memory // _MEMORY, len(gpus) or count))


def find_gpus() -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return parse_gpus(chosen)
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return []
    return _parse_listed(listed.stdout) if listed.returncode == 0 else []


def read_gpus(given: str) -> list[str]:
    """The GPUs that a person has named.

    Raises:
        UserError: There is none among them, or what is no GPU: CUDA would see none, without a word.
    """
    gpus = parse_gpus(given)
    wrong = next((name for name in gpus if not re.fullmatch(r"\d{1,4}|(GPU|MIG)-[\w/-]+", name, re.ASCII)), None)
    if wrong is not None or not gpus:
        raise UserError(
            f"Expected GPUs as CUDA_VISIBLE_DEVICES names them, as 0,1 or GPU-<uuid>, received {wrong or given!r}: "
            "leave --gpus out for all, or say `device: cpu` in params.yaml for none."
        )
    return gpus


def parse_gpus(listed: str) -> list[str]:
    """The GPUs of a list with commas; -1 hides all that follow, as CUDA has it."""
    names = [name.strip() for name in listed.split(",")]
    return [name for name in (names[: names.index("-1")] if "-1" in names else names) if name]


def _parse_listed(listed: str) -> list[str]:
    """The identities in what `nvidia-smi -L` prints: of a GPU that is parted, those of its parts."""
    found: list[str] = []
    for kind, name in re.findall(r"UUID: ((?:GPU|MIG))(-[\w/-]+)", listed):
        if kind == "MIG" and found and found[-1].startswith("GPU"):
            found.pop()  # the whole, whose line comes before those of its parts
        found.append(kind + name)
    return found
