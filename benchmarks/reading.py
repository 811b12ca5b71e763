"""How fast do the records feed a network, against the tutorials' folder of JPEG files?

Both read the same 2,000 chest phantoms, in turn, in one process: `python benchmarks/reading.py`. Quote the ratio; the
absolute figures are this machine's.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from cnnbench.backend import runtime
from cnnbench.config import Data, Rule, Split
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.raw import read_examples
from cnnbench.data.records import reader
from cnnbench.data.split import split_file

EXAMPLES, SIZE, BATCH, ROUNDS = 2_000, 180, 32, 5


def time_epoch(epoch: Iterable[Any]) -> float:
    """Time to iterate once over every batch."""
    started = time.perf_counter()
    for _ in epoch:
        pass
    return time.perf_counter() - started


def main() -> None:
    """Writes both forms into a temporary folder and prints images per second, medians over the rounds."""
    runtime.configure("cpu", 2, 0)
    import keras
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as temporary:
        raw, jpegs, cached = (Path(temporary) / name for name in ("raw", "jpegs", "records"))
        download.fetch("chest_xray", Data(source="phantom", examples=EXAMPLES, size=SIZE), raw)
        frame = split_file.make(raw, Split(train=0.8, val=0.1, test=0.1, seed=0), Rule(near_copies="ignore"))
        contents = writer.write(raw, frame, cached, (SIZE, SIZE))
        for example in read_examples(raw):
            path = jpegs / str(example.label) / f"{example.id}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.asarray(example.data)).save(path, quality=90)
        folder = keras.utils.image_dataset_from_directory(
            jpegs, image_size=(SIZE, SIZE), batch_size=BATCH, verbose=False
        )
        folds = list(range(len(contents.folds)))
        batches = math.ceil(EXAMPLES / BATCH)  # of one epoch: shuffled streams have no end
        gathered = reader.stream(cached, contents, folds, BATCH, shuffle=0).take(batches)
        tuned = tf.data.Options()
        tuned.autotune.enabled = True
        reader.MEMORY_BYTES = 0
        streamed = reader.stream(cached, contents, folds, BATCH, shuffle=0).take(batches)
        ways = {
            "JPEG folder": folder,
            "records, streamed": streamed,
            "records, in memory": gathered,
            "records, in memory, with tf.data's tuner": gathered.with_options(tuned),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, data in ways.items():
                taken[name].append(time_epoch(data))
    table = Table("way", "images/s", "against the folder")
    base = statistics.median(taken["JPEG folder"])
    for name, times in taken.items():
        median = statistics.median(times)
        table.add_row(name, f"{EXAMPLES / median:,.0f}", f"{base / median:.1f} times")
    Console().print(table)


if __name__ == "__main__":
    main()
