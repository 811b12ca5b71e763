"""How long do download, split and cache take on a user's own images? On drawn ones of 600x450, HAM10000's size.

    python benchmarks/own_images.py                        # 10,000 images: draws them in two minutes, then measures
    python benchmarks/own_images.py --images 600 --keep F  # draws alone, into the folder F, to look at a report

The images are listed in a table, with a lesion and attributes each. Every other lesion has two images, and every
twentieth image is a brighter copy of an earlier one, under another lesion, as happens in real sets.
"""

from __future__ import annotations

import argparse
import csv
import io
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from cnnbench.config import Data, Split
from cnnbench.data import download
from cnnbench.data.cache import writer
from cnnbench.data.split import split_file

WIDTH, HEIGHT, SIZE = 600, 450, 180
COLUMNS = ("file", "label", "group", "sex", "age")
COPIED = 20  # every so-many-th image is a copy


def original_of(number: int) -> int:
    """The image that this one shows: itself, or an earlier one of which it is a copy."""
    return number - COPIED + 1 if number and number % COPIED == 0 else number


def lesion_of(number: int) -> int:
    """The lesion of an image: images 2 and 3 share one, 5 and 6, and so on."""
    return number - number // 3


def is_malignant(lesion: int) -> bool:
    """The class of a lesion."""
    return lesion % 4 in (1, 2)


def paint(number: int) -> Image.Image:
    """A lesion on skin: a malignant one is darker and ragged."""
    rng = np.random.default_rng(number)
    skin = rng.uniform(150, 220) * np.array([1, 0.8, 0.7]) + rng.integers(-20, 21, (9, 12, 1))
    image = Image.fromarray(skin.astype(np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    malignant = is_malignant(lesion_of(number))
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    reach = rng.uniform(60, 140) * (1 + (0.35 if malignant else 0.12) * rng.standard_normal(24))
    middle = rng.uniform((150, 120), (450, 330))
    outline = [(middle[0] + r * np.cos(t), middle[1] + r * np.sin(t)) for r, t in zip(reach, turns, strict=True)]
    shade = rng.uniform(40, 120) if malignant else rng.uniform(70, 150)
    ImageDraw.Draw(image).polygon(outline, fill=(int(shade), int(shade * 0.7), int(shade * 0.6)))
    grain = rng.integers(-8, 9, (HEIGHT, WIDTH, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def encode(number: int) -> bytes:
    """The bytes of an image: of a copy, those of an earlier image made brighter."""
    original = original_of(number)
    image = paint(original)
    if original != number:
        image = ImageEnhance.Brightness(image).enhance(1.15)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def draw(folder: Path, count: int) -> Path:
    """Draws so many images into a folder; returns the table that lists them."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines = []
    with ProcessPoolExecutor() as pool:
        for number, content in enumerate(pool.map(encode, range(count), chunksize=32)):
            original = original_of(number)
            lesion = lesion_of(original)
            file = f"images/{number:05d}.jpg"
            (folder / file).write_bytes(content)
            label = "malignant" if is_malignant(lesion) else "benign"
            group = f"lesion-{lesion}" if original == number else f"lesion-copied-{number}"
            lines.append((file, label, group, ("female", "male", "")[lesion % 5 % 3], 25 + 5 * (lesion // 4 % 12)))
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table, lineterminator="\n").writerows([COLUMNS, *lines])
    return folder / "table.csv"


def main() -> None:
    """Draws, and prints the seconds of each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="draw into this folder, and measure nothing")
    arguments = parser.parse_args()
    if arguments.keep:
        print(f"drawn: {draw(arguments.keep, arguments.images)}")
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        table = draw(root / "mine", arguments.images)
        source = {"name": "folder", "path": str(table), "attributes": ["sex", "age"]}
        data = Data(source=source, examples=None, size=SIZE).join_near_copies()
        raw, records = root / "raw" / "folder", root / "records" / "folder"
        marks = [_now()]
        download.fetch("folder", data, raw)
        marks.append(_now())
        frame = split_file.make(raw, Split(train=0.8, val=0.1, test=0.1, seed=0), data.split)
        marks.append(_now())
        writer.write(raw, frame, records, data.size)
        marks.append(_now())
    print(f"{arguments.images:,} images of {WIDTH}x{HEIGHT}, to {SIZE}x{SIZE}")
    for stage, before, after in zip(("download", "split", "cache"), marks, marks[1:], strict=False):
        wall, cpu = after[0] - before[0], after[1] - before[1]
        print(f"{stage:>9}: {wall:6.1f} s, {cpu:6.1f} s of CPU, {arguments.images / cpu:8,.0f} images per CPU second")


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


if __name__ == "__main__":
    main()
