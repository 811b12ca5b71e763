"""Stage `test@<name>`: measures a trained network on another data set, into reports/tests/<name>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script
from cnnbench.external import validating


def main(name: str) -> None:
    """Measures, and prints a line."""
    knobs, out = config.load(), Path("reports/tests", name)
    files.check_folder(out)
    runtime.configure(knobs.device, knobs.threads, seed=0, backend=knobs.backend)
    print(validating.measure(knobs, name, out))


if __name__ == "__main__":
    run_script(main, "name of a test")
