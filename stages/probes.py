"""Stage `probes@<name>`: measures simple models on the outputs of frozen layers, into reports/probes/<name>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.baselines import probing
from cnnbench.core import files
from cnnbench.core.errors import run_script


def main(name: str) -> None:
    """Fits, measures, and prints a line on each."""
    out = Path("reports/probes", name)
    files.check_folder(out)
    print(*probing.write_probes(config.load(), name, out), sep="\n")


if __name__ == "__main__":
    run_script(main, "name")
