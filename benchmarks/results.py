"""Writes the tables of benchmarks/RESULTS.md, all or some: python benchmarks/results.py [growth noop stages].

Work in a clone whose stages have run (`dvc repro`), since `stages` runs each again. What stands below the tables, and
the tables that are not named, stay as they are.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from cnnbench.backend import runtime

FILE = Path(__file__).with_name("RESULTS.md")
TABLES = ("stages", "growth", "noop")
"""Scripts beside this one that print a Markdown table."""
_PACKAGES = ("tensorflow", "keras", "numpy", "matplotlib", "mlflow", "dvc")


def describe_machine() -> str:
    """Processor, cores, memory and versions, in a line."""
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = named[0].partition(": ")[2] if named else platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {runtime.installed_version(name)}" for name in _PACKAGES)
    return f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, {versions}"


def replace(text: str, name: str, content: str) -> str:
    """Puts content between the two marks of a section.

    Raises:
        ValueError: The text has no such section.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"Expected a section {name} in {FILE.name}, received none.")
    return f"{before}{start}{content.strip()}\n{end}{after}"


def main(names: list[str]) -> None:
    """Measures, and writes the sections."""
    text = replace(FILE.read_text(encoding="utf-8"), "machine", describe_machine())
    for name in names or TABLES:
        script = Path(__file__).with_name(f"{name}.py")
        done = subprocess.run([sys.executable, str(script)], check=True, stdout=subprocess.PIPE, text=True)
        text = replace(text, name, done.stdout)
        FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
