"""How large is the report's page with many runs, and how soon does it open?

    python benchmarks/pages.py
    python benchmarks/pages.py --sets 8 --runs 30 --pictures 200 --against HEAD~20

Makes up results, as the tests do, with pictures as large as real ones: of each data set so many runs, of each run so
many mistakes. Compiles the report by the code that is there and, of the same results, by that of another commit; opens
both in Chromium in turn. Prints a Markdown table: the page's size, the seconds until it is loaded, the browser's CPU
seconds in all, and how many screens high it is; and what the folder with all pictures takes where they are copies.
Results are hard links of one picture each, so they take little room here.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from run_folders import lines, write_run  # noqa: E402

from cnnbench.core import files  # noqa: E402
from cnnbench.data import leakage  # noqa: E402

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--window-size=1280,1000", "--dump-dom",
]  # fmt: skip
COMPILE = """
import sys
from pathlib import Path
from cnnbench.report.build import compile_report
runs, splits, out = map(Path, sys.argv[1:])
compile_report(runs, splits, out, {})
"""
PROBE = """
addEventListener("load", () => {
  const page = document.documentElement;
  page.dataset.seen = JSON.stringify({ seconds: performance.now() / 1000, screens: page.scrollHeight / innerHeight });
});
"""
TURNS = 5


def main() -> None:
    """Makes the results, compiles both pages, opens them in turn, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=8, help="data sets")
    parser.add_argument("--runs", type=int, default=30, help="runs of each")
    parser.add_argument("--pictures", type=int, default=200, help="mistakes of each run")
    parser.add_argument("--against", default="", metavar="COMMIT", help="whose page to set beside it")
    parser.add_argument("--keep", type=Path, help="a folder for the results and pages; else they are removed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results = write_results(folder / "here", arguments.sets, arguments.runs, arguments.pictures)
        sources = {"here": ROOT / "src"}
        if arguments.against:
            sources[arguments.against] = check_out(arguments.against, folder / "code")
            shutil.copytree(results, folder / "there", copy_function=os.link)
        pages = {name: folder / place for name, place in zip(sources, ("here", "there"), strict=False)}
        made = {name: compile_page(source, pages[name]) for name, source in sources.items()}
        seen: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
        for _ in range(TURNS):
            for name, page in pages.items():
                seen[name].append(open_page(page / "index.html"))
        report(pages, made, seen)


def report(pages: dict[str, Path], made: dict[str, float], seen: dict[str, list[dict[str, float]]]) -> None:
    """Prints the table, medians of the turns."""
    print(
        "| page | size, MB | folder, MB | mistakes, MB | opens in, s | browser, CPU s | screens | compiled, CPU s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        sep="\n",
    )
    for name, page in pages.items():
        size = (page / "index.html").stat().st_size / 1e6
        seconds, cpu, screens = (
            statistics.median(one[key] for one in seen[name]) for key in ("seconds", "cpu", "screens")
        )
        folder, sheets = (sum(file.stat().st_size for file in page.rglob(kind)) / 1e6 for kind in ("*.*", "*.webp"))
        opened = f"{seconds:.2f} | {cpu:.1f} | {screens:.0f}"
        print(f"| {name} | {size:.1f} | {folder:.0f} | {sheets:.0f} | {opened} | {made[name]:.0f} |")


def write_results(folder: Path, sets: int, runs: int, pictures: int) -> Path:
    """Writes toy runs and audits; returns their folder, that of a report."""
    drawn = draw(folder.with_name("drawn"), pictures)
    classes = ["normal", "pneumonia", "covid", "tuberculosis"]
    for number in range(sets):
        dataset, labels = f"set_{number:02}", classes[: 2 + number % 3]
        counts = {part: dict.fromkeys(labels, 200 // len(labels)) for part in ("train", "val", "test")}
        for network in range(runs):
            right = 0.6 + 0.39 * network / runs
            name = f"{dataset}-net_{network:02}"
            run = write_run(
                folder / "runs", name, right=right, task="classification", classes=labels, unit="",
                title=f"Data set {number}", source="kaggle", synthetic=False, protocol="grouped 8:1:1",
                input_shape=[96, 96, 3], counts=counts, published_result=None,
                examples={part: sum(of_class.values()) for part, of_class in counts.items()},
                metrics={metric: (right, right - 0.05, min(right + 0.05, 1.0)) for metric in METRICS},
            )  # fmt: skip
            wrong = [(f"{name}/{n:04}.png", labels[0], labels[1], 0.01, 0.99 - n / 1000) for n in range(pictures)]
            (run / "mistakes.csv").write_text(lines("id,actual,predicted,score_actual,score_predicted", wrong))
            for picture in run.glob("*.[sp][vn]g"):
                picture.unlink()
                os.link(drawn[picture.suffix], picture)
            os.link(drawn[".webp"], run / "mistakes.webp")
        frame = split_of(dataset)
        files.write_json(folder / "splits" / f"{dataset}.leakage.json", leakage.audit(frame, "report").model_dump())
    return folder


METRICS = (
    "accuracy", "balanced_accuracy", "f1_macro", "roc_auc", "average_precision", "matthews", "log_loss", "brier", "ece",
    "ece_calibrated",
)  # fmt: skip


def split_of(dataset: str):  # noqa: ANN201 - a table of pandas, which is imported where it is used
    """A split of some examples, in which nothing leaks."""
    import pandas as pd

    frame = pd.DataFrame({"id": [f"{dataset}/{n}" for n in range(100)], "label": [0.0, 1.0] * 50})
    frame["split"] = ["train"] * 80 + ["val"] * 10 + ["test"] * 10
    frame["sha256"] = frame["group"] = frame["id"]
    return frame.assign(part="", near="", protocol="grouped", dropped="", warning="")


def draw(folder: Path, pictures: int) -> dict[str, Path]:
    """A drawing, a picture and a sheet of mistakes of 96x96 pixels, as large as those of a run."""
    import matplotlib.image
    from matplotlib.figure import Figure
    from PIL import Image

    from cnnbench.evaluation import mistakes
    from cnnbench.evaluation.figures import save

    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    figure = Figure(figsize=(7, 4))
    axes = figure.subplots(1, 2)
    for axis in axes:
        axis.plot(rng.random((60, 4)).cumsum(axis=0), label=["one", "two", "three", "four"])
        axis.legend()
    save(figure, folder / "drawn.svg")
    matplotlib.image.imsave(folder / "drawn.png", rng.integers(0, 256, (160, 160, 3), dtype=np.uint8))
    coarse = rng.integers(0, 256, (pictures, 12, 12, 3), dtype=np.uint8)
    smooth = [np.asarray(Image.fromarray(one).resize((96, 96), Image.Resampling.BICUBIC), np.int16) for one in coarse]
    grain = rng.normal(0, 4, (pictures, 96, 96, 1)).astype(np.int16)
    mistakes.write_sheet(
        folder / "drawn.webp", np.clip(np.stack(smooth) + grain, 0, 255).astype(np.uint8), range(pictures)
    )
    return {path.suffix: path for path in folder.iterdir()}


def check_out(commit: str, folder: Path) -> Path:
    """The source code of a commit."""
    folder.mkdir()
    archive = subprocess.run(["git", "-C", ROOT, "archive", commit, "src"], stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return folder / "src"


def compile_page(source: Path, folder: Path) -> float:
    """Compiles the report of a folder's runs by the code in `source`; returns the seconds of CPU."""
    before = children_cpu()
    command = [sys.executable, "-c", COMPILE, folder / "runs", folder / "splits", folder]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(source)}, check=True)
    return children_cpu() - before


def open_page(page: Path) -> dict[str, float]:
    """Opens a copy of a page with a probe in it; returns what the probe saw, and CPU seconds."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"Expected one of {', '.join(BROWSERS)} on the PATH, received none: install Chromium.")
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    text = page.read_text(encoding="utf-8").replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    probed = page.with_name("probed.html")
    probed.write_text(text.replace("<title>", f"<script>{PROBE}</script><title>", 1), encoding="utf-8")
    before = children_cpu()
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, *OPTIONS, f"--user-data-dir={profile}", probed.as_uri()]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
        wall = time.perf_counter() - started
    probed.unlink()
    seen = re.search(r'data-seen="([^"]*)"', done.stdout)
    if seen is None:
        sys.exit(f"Expected a page that loads, received after {wall:.0f} s: {done.stderr[-500:]}")
    return json.loads(html.unescape(seen[1])) | {"cpu": children_cpu() - before}


def children_cpu() -> float:
    """CPU seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
