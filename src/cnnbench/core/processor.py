"""The processor of this machine: what the last bits of a training depend on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# Linux's names in /proc/cpuinfo, best first, and oneDNN's names for the instruction sets that it chooses among
_X86 = {
    "amx_tile": "AVX512_CORE_AMX",
    "avx512_bf16": "AVX512_CORE_BF16",
    "avx512_vnni": "AVX512_CORE_VNNI",
    "avx512bw": "AVX512_CORE",
    "avx_vnni": "AVX2_VNNI",
    "avx2": "AVX2",
    "avx": "AVX",
    "sse4_1": "SSE41",
}
_ARM = {"sve": "SVE", "asimd": "ASIMD"}


def describe() -> dict[str, str]:
    """Name and best instruction set of the processor.

    Returns:
        processor: As the system names it, such as "AMD EPYC, family 25, model 1": one name can stand for several.
        instruction_set: In oneDNN's words, such as "AVX2"; that of ONEDNN_MAX_CPU_ISA where it is set.
    """
    fields = _cpuinfo()
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    known = [name for flag, name in (_X86 | _ARM).items() if flag in flags]
    machine = platform.machine()
    numbers = [
        f"{name} {fields[key]}" for key, name in {"cpu family": "family", "model": "model"}.items() if key in fields
    ]
    return {
        "processor": ", ".join([fields.get("model name") or platform.processor() or machine, *numbers]),
        "instruction_set": os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() or next(iter(known), machine),
    }


def _cpuinfo() -> dict[str, str]:
    """The first processor's fields in /proc/cpuinfo; empty on other systems than Linux."""
    if not CPUINFO.is_file():
        return {}
    first = CPUINFO.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
