"""Name and instruction set of processors, from /proc/cpuinfo as real machines have it."""

import pytest

from cnnbench.core import processor

INTEL = "processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu sse4_1 avx avx2 avx512bw avx512_vnni\n\nprocessor: 1\n"
AMD = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763\nflags\t\t: fpu sse4_1 avx avx2\n\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd sve\nCPU implementer\t: 0x41\n\n"


@pytest.mark.parametrize(
    ("text", "name", "best"),
    [(INTEL, "Xeon", "AVX512_CORE_VNNI"), (AMD, "AMD EPYC 7763, family 25, model 1", "AVX2"), (ARM, "arm", "SVE")],
)
def test_processors(text, name, best, tmp_path, monkeypatch):
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(processor.platform, "processor", lambda: "arm")
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    assert processor.describe() == {"processor": name, "instruction_set": best}
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "sse41")
    assert processor.describe()["instruction_set"] == "SSE41"


def test_a_system_without_cpuinfo(tmp_path, monkeypatch):
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "none")
    monkeypatch.setattr(processor.platform, "processor", lambda: "")
    monkeypatch.setattr(processor.platform, "machine", lambda: "arm64")
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    assert processor.describe() == {"processor": "arm64", "instruction_set": "arm64"}
