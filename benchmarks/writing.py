"""How fast is the cache written, against a TFDS builder and tf.data, and does it need each core that there is?

All decode the same images and store them raw, in turn, called from one process: `python benchmarks/writing.py` prints
Markdown (`--images 20000`, of 96x96; `--format jpeg`). Two rows decode and write nothing: what is left to save. Quote
the ratios; the absolute figures are this machine's, and where other work shares its cores the CPU time, of processes
that are started too, says more than the seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from cnnbench.backend import runtime
from cnnbench.config import FOLDS, Data
from cnnbench.core import markdown
from cnnbench.core.quiet import quiet
from cnnbench.core.workers import cores
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.raw import read_examples

SIZE = 96
SAVED: dict[str, dict[str, int]] = {"png": {"compress_level": 1}, "jpeg": {"quality": 90}}
TFDS, TFDATA, OURS = "TFDS builder", "tf.data, parallel map, TFRecordWriter", "cnnbench"


def draw(folder: Path, images: int, form: str = "png") -> None:
    """Draws smooth images with grain, in two classes, as PNG or JPEG files."""
    rng = np.random.default_rng(0)
    for number in range(images):
        waves = Image.fromarray(rng.integers(30, 225, (6, 6, 3), np.uint8)).resize((SIZE, SIZE))
        grain = rng.integers(-5, 6, (SIZE, SIZE, 1))
        path = folder / str(number % 2) / f"{number:06}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.clip(np.asarray(waves).astype(np.int16) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path, **SAVED[form])


def deal(raw: Path) -> pd.DataFrame:
    """A split of what is in a raw folder, without a look at the images."""
    ids = [example.id for example in read_examples(raw)]
    folds = np.random.default_rng(0).permutation(len(ids)) % FOLDS
    return pd.DataFrame({"id": ids, "unit": ids, "fold": folds, "dropped": "", "protocol": "grouped"})


def by_tfds(images: Path) -> Callable[[Path], None]:
    """A builder as TFDS documents it, which stores decoded pixels."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    class Drawn(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]  # TFDS is not typed
        """The drawn images."""

        VERSION = tfds.core.Version("1.0.0")
        pkg_dir_path = images

        def _info(self) -> Any:
            pixels = tfds.features.Tensor(shape=(SIZE, SIZE, 3), dtype=tf.uint8, encoding="bytes")
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict({"x": pixels, "y": tf.int64}))

        def _split_generators(self, _: Any) -> Any:
            return {"train": self._generate_examples()}

        def _generate_examples(self) -> Iterator[Any]:
            for path in sorted(images.rglob("*.*")):
                yield path.name, {"x": np.asarray(Image.open(path).convert("RGB")), "y": int(path.parent.name)}

    def run(out: Path) -> None:
        with quiet():
            Drawn(data_dir=out).download_and_prepare()

    return run


def by_tfdata(images: Path, out: Path) -> None:
    """Decoded by tf.data in its threads, written by TensorFlow's writer."""
    import tensorflow as tf

    def read(path: Any) -> Any:
        return path, tf.io.decode_image(tf.io.read_file(path), 3)

    paths = sorted(map(str, images.rglob("*.*")))
    feature, out = tf.train.Feature, out / "all.tfrecord"
    with tf.io.TFRecordWriter(str(out)) as file:
        data = tf.data.Dataset.from_tensor_slices(paths).map(read, num_parallel_calls=tf.data.AUTOTUNE).prefetch(512)
        for path, pixels in data.as_numpy_iterator():
            features = {
                "id": feature(bytes_list=tf.train.BytesList(value=[path])),
                "input": feature(bytes_list=tf.train.BytesList(value=[pixels.tobytes()])),
                "label": feature(int64_list=tf.train.Int64List(value=[int(Path(path.decode()).parent.name)])),
            }
            file.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def decode_by_tensorflow(images: Path) -> None:
    """What tf.data takes to decode, batched as it is cheapest, and nothing else."""
    import tensorflow as tf

    paths = tf.data.Dataset.from_tensor_slices(sorted(map(str, images.rglob("*.*"))))
    decoded = paths.map(lambda path: tf.io.decode_image(tf.io.read_file(path), 3), num_parallel_calls=tf.data.AUTOTUNE)
    for _ in decoded.map(lambda pixels: tf.shape(pixels)).batch(512):
        pass


def decode_by_pillow(images: Path) -> None:
    """What Pillow takes to decode, in threads, and nothing else."""

    def load(path: Path) -> None:
        with Image.open(path) as image:
            image.load()

    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(load, sorted(images.rglob("*.*")), chunksize=64):
            pass


def cpu_seconds() -> float:
    """Of this process and of those that it started and that have ended."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def measure(way: Callable[[Path], None], out: Path) -> tuple[float, float, str]:
    """Seconds, CPU seconds, and a hash of what was written."""
    out.mkdir()
    started, used = time.perf_counter(), cpu_seconds()
    way(out)
    taken = time.perf_counter() - started, cpu_seconds() - used
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(out.rglob("*.tfrecord*"))))
    shutil.rmtree(out)
    return *taken, digest.hexdigest()[:12]


def on_one_core(way: Callable[[Path], None]) -> Callable[[Path], None]:
    """The same on one core."""

    def run(out: Path) -> None:
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(allowed)})
        try:
            way(out)
        finally:
            os.sched_setaffinity(0, allowed)

    return run


def main() -> None:
    """Draws, writes in each way, and prints a table, medians over the rounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--format", choices=SAVED, default="png")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    count = arguments.images
    runtime.configure("cpu", 2, 0)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        draw(folder / "images", count, arguments.format)
        source = {"name": "folder", "path": str(folder / "images")}
        data = Data.model_validate({"source": source, "examples": None, "size": SIZE})
        download.fetch("drawn", data, folder / "drawn", definition="folder")
        frame = deal(folder / "drawn")

        def ours(out: Path) -> None:
            writer.write(folder / "drawn", frame, out, (SIZE, SIZE))

        ways: dict[str, Callable[[Path], None]] = {
            TFDS: by_tfds(folder / "images"),
            TFDATA: lambda out: by_tfdata(folder / "images", out),
            OURS: ours,
            f"{OURS}, on one core": on_one_core(ours),
            "TensorFlow, decoding alone": lambda _: decode_by_tensorflow(folder / "images"),
            "Pillow, decoding alone": lambda _: decode_by_pillow(folder / "images"),
        }
        rounds = [{name: measure(way, folder / "out") for name, way in ways.items()} for _ in range(arguments.rounds)]
    medians = {name: [statistics.median(one[name][index] for one in rounds) for index in (0, 1)] for name in ways}
    lines = markdown.table(
        ("way", ">images/s", ">against TFDS", ">against tf.data", ">CPU ms an image", "bytes of each round"),
        (
            (
                name,
                f"{count / seconds:,.0f}",
                f"{medians[TFDS][0] / seconds:.1f} times",
                f"{medians[TFDATA][0] / seconds:.1f} times",
                f"{1000 * used / count:.2f}",
                "none" if "alone" in name else " ".join(sorted({one[name][2] for one in rounds})),
            )
            for name, (seconds, used) in medians.items()
        ),
    )
    print(f"{count:,} {arguments.format.upper()} images of {SIZE}x{SIZE}, {cores()} cores:\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
