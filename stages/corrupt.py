"""Stage `corrupt@<run>`: measures a network on its corrupted test images, into reports/corruptions/<run>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import run_script, unknown
from cnnbench.robustness import robustness_table


def main(name: str) -> None:
    """Corrupts, measures, draws, and prints a line."""
    knobs, out = config.load(), Path("reports/corruptions", name)
    if name not in knobs.corruptions:
        raise unknown("a run", name, knobs.corruptions)
    files.check_folder(out)
    runtime.configure(knobs.device, knobs.threads, seed=0, backend=knobs.backend)
    print(robustness_table.write(knobs, name, out))


if __name__ == "__main__":
    run_script(main, "run")
