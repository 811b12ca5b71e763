"""Stage `download@<set>`: fetches a data set into data/raw/<set>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import run_script
from cnnbench.core.printable import printable
from cnnbench.data import download


def main(name: str) -> None:
    """Fetches, and prints name, size and origin, and what the user should know."""
    knobs = config.load()
    data, raw = knobs.data(name), Path("data/raw", name)
    definition = knobs.datasets[name].definition
    provenance = download.fetch(name, data, raw, knobs.archives_folder(), definition=definition)
    synthetic = "SYNTHETIC, " if provenance.synthetic else ""
    print(printable(f"{provenance.title}: {provenance.examples:,} examples ({synthetic}{provenance.origin})"))
    for note in provenance.notes:
        print(printable(f"  {note}"))


if __name__ == "__main__":
    run_script(main, "data set")
