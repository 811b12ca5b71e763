"""Stage `download@<set>`: fetches a data set into data/raw/<set>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import run_script
from cnnbench.data import download


def main(name: str) -> None:
    """Fetches, and prints what was fetched."""
    knobs = config.load()
    raw, definition = Path("data/raw", name), knobs.datasets[name].definition
    known = download.fetch(name, knobs.data(name), raw, knobs.archives_folder(), definition=definition)
    made = "SYNTHETIC, " if known.synthetic else ""
    print(f"{known.title}: {known.examples:,} examples ({made}{known.origin})")


if __name__ == "__main__":
    run_script(main, "data set")
