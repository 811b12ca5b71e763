"""Stage `cache@<set>`: writes the examples as TFRecords into data/records/<set>/."""

from pathlib import Path

import pandas as pd

from cnnbench import config
from cnnbench.core.errors import run_script
from cnnbench.data.cache import writer


def main(name: str) -> None:
    """Caches, and prints number and shape of the records."""
    data = config.load().data(name)
    split = pd.read_parquet(Path("data/splits", f"{name}.parquet"))
    records = writer.write(Path("data/raw", name), split, Path("data/records", name), data.size, data.fit)
    shape = "x".join(str(side) for side in records.shape)
    print(f"{records.examples:,} records of {shape} {records.dtype} in {len(records.shards)} shards")


if __name__ == "__main__":
    run_script(main, "data set")
