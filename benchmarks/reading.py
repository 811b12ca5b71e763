"""How fast do the records feed a network, against the tutorials' folders of JPEG files, and in how much memory?

All read the same chest phantoms, in turn, in one process: `python benchmarks/reading.py` prints Markdown. Quote the
ratios; the absolute figures are this machine's, and where other work shares its cores the CPU time says more. Each way
but the one with `cache()` reads the files anew in each epoch, as it would where the set is larger than memory: first
with all of them in the system's cache, then with none, which it is asked to forget before each epoch.
"""

from __future__ import annotations

import itertools
import mmap
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from cnnbench.backend import feeding, runtime
from cnnbench.config import Data, Rule, Split
from cnnbench.core import markdown
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.raw import read_examples
from cnnbench.data.records import schema
from cnnbench.data.records.batching import Batches
from cnnbench.data.records.reader import Examples
from cnnbench.data.split import split_file

EXAMPLES, SIZE, BATCH, ROUNDS = 2_000, 180, 32, 5
GENERATOR, FOLDER, CACHED, TFRECORD, OURS, FED = (
    "ImageDataGenerator, JPEG folder",
    "image_dataset_from_directory, JPEG folder",
    "the same with cache() and shuffle(1000)",
    "records by tf.data alone, shuffle(1000)",
    "records by cnnbench, NumPy batches",
    "records by cnnbench, as TensorFlow is fed",
)
COLD_ROUNDS = 3
Way = Callable[[Path], Iterator[Any]]
_mapped: list[mmap.mmap] = []  # the system keeps in its cache what a process has mapped


def write(folder: Path) -> None:
    """Writes both forms of the same images."""
    raw, cached = folder / "raw", folder / "chest_xray"
    download.fetch("chest_xray", Data(source="phantom", examples=EXAMPLES, size=SIZE), raw)
    frame = split_file.make(raw, Split(train=0.8, val=0.1, test=0.1, seed=0), Rule(near_copies="ignore"))
    writer.write(raw, frame, cached, (SIZE, SIZE))
    for example in read_examples(raw):
        path = folder / "jpegs" / str(example.label) / f"{example.id}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(example.data)).save(path, quality=90)


def by_generator(folder: Path) -> Iterator[Any]:
    """As the tutorials of the day did, rescaling included; it has no end."""
    import tensorflow as tf

    generator = tf.keras.preprocessing.image.ImageDataGenerator(rescale=1 / 255)
    read = generator.flow_from_directory(str(folder / "jpegs"), (SIZE, SIZE), batch_size=BATCH, class_mode="binary")
    return (next(read) for _ in itertools.count())


def by_folder(folder: Path, *, cached: bool = False) -> Iterator[Any]:
    """As today's tutorials do."""
    import keras

    read = keras.utils.image_dataset_from_directory(
        folder / "jpegs", image_size=(SIZE, SIZE), batch_size=BATCH, verbose=False
    )
    return iter(read.cache().shuffle(1000).repeat().prefetch(2) if cached else read.repeat().prefetch(2))


def by_tensorflow(folder: Path) -> Iterator[Any]:
    """The records as plain tf.data reads them fastest: batched before they are parsed, left as bytes."""
    import tensorflow as tf

    features = {"input": tf.io.FixedLenFeature([], tf.string), "label": tf.io.FixedLenFeature([], tf.int64)}

    def parse(rows: Any) -> Any:
        read = tf.io.parse_example(rows, features)
        return tf.reshape(tf.io.decode_raw(read["input"], tf.uint8), (-1, SIZE, SIZE, 3)), read["label"]

    paths = [str(path) for path in sorted((folder / "chest_xray").glob("*.tfrecord"))]
    data = tf.data.TFRecordDataset(paths).shuffle(1000).repeat().batch(BATCH)
    return iter(data.map(parse, num_parallel_calls=2).prefetch(2))


def batches(folder: Path) -> Batches:
    """What this package reads, of all folds."""
    known = schema.read(folder / "chest_xray")
    examples = Examples(folder / "chest_xray", known, range(len(known.folds)))
    _mapped.extend(buffer.obj for buffer in examples._buffers)
    return Batches(examples.inputs, examples.labels, size=BATCH, seed=0)


WAYS: dict[str, Way] = {
    GENERATOR: by_generator,
    FOLDER: by_folder,
    CACHED: lambda folder: by_folder(folder, cached=True),
    TFRECORD: by_tensorflow,
    OURS: lambda folder: iter(batches(folder)),
    FED: lambda folder: iter(feeding.feed(batches(folder))),
}


def time_epoch(epoch: Iterator[Any]) -> tuple[float, float]:
    """Seconds and CPU seconds of one epoch."""
    started, used = time.perf_counter(), time.process_time()
    for _ in itertools.islice(epoch, -(-EXAMPLES // BATCH)):
        pass
    return time.perf_counter() - started, time.process_time() - used


def evict(folder: Path) -> int:
    """Asks the system to forget the files in a folder; needs no rights.

    Returns:
        How many it still has, at least in part; all where the file system does not say.
    """
    for mapped in _mapped:
        mapped.madvise(mmap.MADV_DONTNEED)
    kept = 0
    for path in (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size):
        with path.open("rb") as file:
            os.fsync(file)  # what is not written yet is not forgotten
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                kept += os.preadv(file.fileno(), [bytearray(1)], path.stat().st_size // 2, os.RWF_NOWAIT) > 0
            except BlockingIOError:  # it would have to read the disk
                pass
            except OSError:
                kept += 1
    return kept


def measure_memory(folder: Path, name: str) -> float:
    """MiB that two epochs take at most, beyond what the process held before; mapped files are the system's."""

    def held() -> int:
        used = psutil.Process().memory_info()
        return int(used.rss - used.shared)

    runtime.configure("cpu", 2, 0)
    before, most = held(), 0
    for index, _ in enumerate(itertools.islice(WAYS[name](folder), 2 * EXAMPLES // BATCH)):
        most = max(most, held()) if index % 4 == 0 else most
    return (most - before) / 2**20


def main() -> None:
    """Writes both forms into a temporary folder and prints a table, medians over the rounds."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder)
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            memory = dict(zip(WAYS, pool.starmap(measure_memory, [(folder, name) for name in WAYS], 1), strict=True))
        runtime.configure("cpu", 2, 0)
        epochs = {name: way(folder) for name, way in WAYS.items()}
        taken: dict[str, list[tuple[float, float]]] = {name: [time_epoch(one)][1:] for name, one in epochs.items()}
        for _ in range(ROUNDS):
            for name, epoch in epochs.items():
                taken[name].append(time_epoch(epoch))
        cold: dict[str, list[float]] = {name: [] for name in WAYS if name != CACHED}
        kept = 0
        for _ in range(COLD_ROUNDS):
            for name, seconds in cold.items():
                kept = max(kept, evict(folder))
                seconds.append(time_epoch(epochs[name])[0])
    cold_rates = {name: EXAMPLES / statistics.median(seconds) for name, seconds in cold.items()}
    rates = {name: EXAMPLES / statistics.median(seconds for seconds, _ in both) for name, both in taken.items()}
    costs = {name: statistics.median(used for _, used in both) / EXAMPLES for name, both in taken.items()}
    lines = markdown.table(
        (
            "way",
            ">images/s",
            ">against ImageDataGenerator",
            ">against image_dataset_from_directory",
            ">CPU µs an image",
            ">memory, MiB",
            ">cold, images/s",
            ">cold, against image_dataset_from_directory",
        ),
        (
            (
                name,
                f"{rate:,.0f}",
                f"{rate / rates[GENERATOR]:.1f} times",
                f"{rate / rates[FOLDER]:.1f} times",
                f"{1e6 * costs[name]:,.1f}",
                f"{memory[name]:,.0f}",
                f"{cold_rates[name]:,.0f}" if name in cold else "-",
                f"{cold_rates[name] / cold_rates[FOLDER]:.1f} times" if name in cold else "-",
            )
            for name, rate in rates.items()
        ),
    )
    size = EXAMPLES * SIZE * SIZE * 3 / 2**20
    print(
        f"{EXAMPLES:,} images of {SIZE}x{SIZE}, {size:,.0f} MiB as bytes, batches of {BATCH}, first epoch left out:\n"
    )
    print("\n".join(lines))
    print(f"\nCold: of {kept:,} files the system kept something in its cache, at most." if kept else "")


if __name__ == "__main__":
    main()
