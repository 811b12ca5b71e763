"""Stage `baselines@<set>`: measures what needs no network, into reports/baselines/<set>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.baselines import measuring
from cnnbench.core import files
from cnnbench.core.errors import run_script


def main(name: str) -> None:
    """Fits, measures, and prints a line on each baseline."""
    out = Path("reports/baselines", name)
    files.check_folder(out)
    print(*measuring.write_pixel_baselines(config.load(), name, out), sep="\n")


if __name__ == "__main__":
    run_script(main, "data set")
