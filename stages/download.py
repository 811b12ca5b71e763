"""Stage `download@<set>`: fetches a data set into data/raw/<set>/."""

from pathlib import Path

from cnnbench import params, provenance
from cnnbench.errors import run_script


def main(name: str) -> None:
    """Fetches, and prints what was fetched."""
    knobs = params.load()
    raw, definition = Path("data/raw", name), knobs.datasets[name].definition
    known = provenance.fetch(name, knobs.data(name), raw, knobs.archives_folder(), definition=definition)
    made = "SYNTHETIC, " if known.synthetic else ""
    print(f"{known.title}: {known.examples:,} examples ({made}{known.origin})")


if __name__ == "__main__":
    run_script(main, "data set")
