"""Stage `split@<set>`: deals the examples into ten folds, in data/splits/<set>.parquet."""

from pathlib import Path

from cnnbench import files, params, provenance, splits
from cnnbench.errors import run_script


def main(name: str) -> None:
    """Splits, and prints the examples per class and part."""
    knobs = params.load()
    raw = Path("data/raw", name)
    frame = splits.make(raw, knobs.split, knobs.data(name).split)
    splits.write(Path("data/splits", f"{name}.parquet"), frame)
    counts = splits.counts(frame, provenance.read(raw).classes)
    files.write_json(Path("data/splits", f"{name}.json"), counts)
    for part, per_class in counts.items():
        print(f"{part:>5}: " + ", ".join(f"{label} {count:,}" for label, count in per_class.items()))


if __name__ == "__main__":
    run_script(main, "data set")
