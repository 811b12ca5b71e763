"""How fast do split and cache read images, decoded whole as before and at a fraction as now, in threads and processes?

On drawn JPEG films of 2000x1500 and pictures of 600x450 (HAM10000's size): `python benchmarks/decoding.py`.
CPU time is what a core needs where the machine is busy; quote the ratios, the absolute figures are this machine's.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from cnnbench.data import images
from cnnbench.data.split import near_copies, scan

SIZE = 180  # pixels, of the cache
KINDS = {"film, 2000x1500, grey": ((1500, 2000), "L", 48), "picture, 600x450, colour": ((450, 600), "RGB", 240)}
WORKERS = os.cpu_count() or 1


def draw(shape: tuple[int, int], mode: str, seed: int) -> bytes:
    """A smooth image with grain, as JPEG of quality 90."""
    rng = np.random.default_rng(seed)
    height, width = shape
    waves = Image.fromarray(rng.integers(30, 225, (height // 50, width // 50, 3), np.uint8)).resize((width, height))
    grain = rng.integers(-5, 6, (height, width, 1))
    pixels = np.clip(np.asarray(waves).astype(np.int16) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "JPEG", quality=90)
    return file.getvalue()


def split(data: bytes, channels: int, at_least: tuple[int, int] | None) -> None:
    """What the split does with an image."""
    pixels = images.examine(data, channels, at_least=at_least).pixels
    images.digest(pixels)
    near_copies.perceptual_hash(pixels)


def cache(data: bytes, channels: int, whole: bool) -> bytes:
    """What the cache does with an image, and what comes back from a process."""
    if whole:
        return images.resize(images.decode(data, channels), (SIZE, SIZE)).tobytes()
    return images.prepare(data, (SIZE, SIZE, channels)).tobytes()


def rates(
    make: Callable[[int], Executor], function: Callable[[bytes], object], files: list[bytes]
) -> tuple[float, float]:
    """Images per second and core, and per second of CPU time."""
    begun = cpu_time()
    with make(WORKERS) as pool:
        list(pool.map(function, files[:WORKERS]))  # processes start
        started = time.perf_counter()
        for _ in pool.map(function, files):
            pass
        wall = time.perf_counter() - started
    return len(files) / wall / WORKERS, (len(files) + WORKERS) / (cpu_time() - begun)


def cpu_time() -> float:
    """Seconds that this process and those that it has ended have used."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    """Prints images per second and core, by the clock and by CPU time."""
    table = Table("images", "step", "way", "whole", "as now", "times", "whole, CPU", "as now, CPU", "times")
    for name, (shape, mode, count) in KINDS.items():
        files, channels = [draw(shape, mode, seed) for seed in range(count)], 1 if mode == "L" else 3
        steps = {
            "split": [partial(split, channels=channels, at_least=least) for least in (None, scan.ENOUGH)],
            "cache": [partial(cache, channels=channels, whole=whole) for whole in (True, False)],
        }
        for way, make in {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}.items():
            for step, (before, after) in steps.items():
                old, new = (rates(make, function, files) for function in (before, after))
                cells = [f"{one:.0f}, {other:.0f}, {other / one:.2f}" for one, other in zip(old, new, strict=True)]
                table.add_row(name, step, way, *", ".join(cells).split(", "))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
