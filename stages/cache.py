"""Stage `cache@<set>`: writes the examples as TFRecords into data/records/<set>/."""

from pathlib import Path

from cnnbench import cache, params, splits
from cnnbench.errors import run_script


def main(name: str) -> None:
    """Caches, and prints what was written."""
    size = params.load().data(name).size
    split = splits.read(Path("data/splits", f"{name}.parquet"))
    records = cache.write(Path("data/raw", name), split, Path("data/records", name), size)
    shape = "x".join(str(side) for side in records.shape)
    print(f"{records.examples:,} records of {shape} {records.dtype} in {len(records.shards)} shards")


if __name__ == "__main__":
    run_script(main, "data set")
