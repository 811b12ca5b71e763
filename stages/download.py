"""Stage `download@<set>`: fetches a data set into data/raw/<set>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import run_script
from cnnbench.data import download


def main(name: str) -> None:
    """Fetches, and prints name, size and origin."""
    knobs = config.load()
    raw, definition = Path("data/raw", name), knobs.datasets[name].definition
    provenance = download.fetch(name, knobs.data(name), raw, knobs.archives_folder(), definition=definition)
    synthetic = "SYNTHETIC, " if provenance.synthetic else ""
    print(f"{provenance.title}: {provenance.examples:,} examples ({synthetic}{provenance.origin})")


if __name__ == "__main__":
    run_script(main, "data set")
