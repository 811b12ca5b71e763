"""Writes reports/published/ from what `published.py` has measured: CSV files, and tables.md for people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cnnbench import files
from cnnbench.evaluation import ranking, repeats, tables
from cnnbench.evaluation.intervals import Statistic
from cnnbench.evaluation.means import mean, root_mean

if TYPE_CHECKING:
    from published import Job

OUT = Path(__file__).parent.parent / "reports/published"
NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "accuracy_at_threshold": "accuracy at the validation threshold",
    "rmse": "RMSE",
}
INTRODUCTION = """\
# Published figures, measured

Each line is a network trained and tested on the data named, by `python benchmarks/published.py`, with
`CNNBENCH_ARCHIVES` naming the folder of downloaded archives. *Recipe*: `published` is the tutorial's, `tuned` the one
in `params.yaml` that validation data chose. *Protocol*: `official` keeps the publisher's test part; `grouped` never
parts a patient's images or copies; `image-level` deals each image for itself, as the tutorials did. In brackets the
95 % interval of the mean over seeds, from a bootstrap of test groups (patients where they are known) and of seeds;
± is the standard deviation over seeds.
"""


class Cell:
    """Everything measured of one run under one protocol with one recipe.

    Attributes:
        run, protocol, variant: What it is.
        jobs: Its trainings.
    """

    def __init__(self, run: str, protocol: str, variant: str, jobs: Sequence[Job]) -> None:
        self.run, self.protocol, self.variant = run, protocol, variant
        by_seed = {seed: list(found) for seed, found in itertools.groupby(jobs, key=lambda job: job.seed)}
        # A seed counts when all its folds are there: else repeats would differ in their test examples.
        self.seeds = {seed: found for seed, found in by_seed.items() if len(found) == found[0].plan.folds}
        self.abouts = [
            files.read_json(job.result.with_name("run.json")) for found in self.seeds.values() for job in found
        ]

    @property
    def about(self) -> dict[str, Any]:
        """The run.json of the first training."""
        about: dict[str, Any] = self.abouts[0]
        return about

    @cached_property
    def predictions(self) -> list[pd.DataFrame]:
        """Of each seed, those of all folds together, sorted by id."""
        return [
            pd.concat([_predictions(job) for job in found], ignore_index=True).sort_values("id", ignore_index=True)
            for found in self.seeds.values()
        ]

    @cached_property
    def draws(self) -> dict[str, repeats.Draws]:
        """Of each metric, over seeds and test groups."""
        statistics = (
            _regression() if self.about["task"] == "regression" else _classification(len(self.about["classes"]))
        )
        groups = self.predictions[0]["group"].to_numpy()
        return {
            name: repeats.bootstrap(statistic, [arrays(frame) for frame in self.predictions], groups)
            for name, (statistic, arrays) in statistics.items()
        }

    @property
    def headline(self) -> str:
        """The metric that stands first."""
        return next(iter(self.draws))


def write(jobs: Sequence[Job]) -> None:
    """Writes runs.csv, summary.csv, differences.csv, leakage.json and tables.md."""
    ordered = sorted(jobs, key=lambda job: (job.plan.run, job.protocol, job.variant, job.seed, job.fold))
    kinds = itertools.groupby(ordered, key=lambda job: (job.plan.run, job.protocol, job.variant))
    cells = [cell for kind, found in kinds if (cell := Cell(*kind, list(found))).seeds]
    summary, differences = _summary(cells), _differences(cells)
    _csv(_runs(ordered), OUT / "runs.csv")
    _csv(summary, OUT / "summary.csv")
    _csv(differences, OUT / "differences.csv")
    folders = {job.folder for job in ordered}
    audits = {
        folder.name: files.read_json(path)
        for folder in sorted(folders)
        for path in folder.glob("data/splits/*.leakage.json")
    }
    files.write_json(OUT / "leakage.json", audits)
    parts = [
        INTRODUCTION,
        "## Measured\n",
        _summary_table(summary),
        "## What makes a difference\n",
        _differences_table(differences),
        "## Versions\n",
        _versions(ordered),
    ]
    files.write_text(OUT / "tables.md", "\n".join(parts))
    print(f"{len(ordered)} trainings, {len(cells)} lines: {OUT.relative_to(OUT.parent.parent)}/tables.md")


def _predictions(job: Job) -> pd.DataFrame:
    frame = pd.read_parquet(job.result.with_name("predictions.parquet"))
    return frame.assign(threshold=files.read_json(job.result.with_name("run.json")).get("threshold", math.nan))


Arrays = Callable[[pd.DataFrame], tuple[np.ndarray, ...]]


def _regression() -> dict[str, tuple[Statistic, Arrays]]:
    return {"rmse": (root_mean, lambda frame: (((frame["prediction"] - frame["label"]) ** 2).to_numpy(),))}


def _classification(classes: int) -> dict[str, tuple[Statistic, Arrays]]:
    columns = [f"score_{index}" for index in range(classes)]

    def scores(frame: pd.DataFrame) -> np.ndarray:
        return frame[columns].to_numpy()

    def right(frame: pd.DataFrame) -> tuple[np.ndarray, ...]:
        return ((scores(frame).argmax(axis=1) == frame["label"]).to_numpy(np.float64),)

    def confusion(frame: pd.DataFrame) -> tuple[np.ndarray, ...]:
        return frame["label"].to_numpy(), scores(frame).argmax(axis=1)

    def balanced(weights: np.ndarray, labels: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        return tables.balanced_accuracy(tables.tables(weights, labels, predicted, classes))

    found: dict[str, tuple[Statistic, Arrays]] = {"accuracy": (mean, right), "balanced_accuracy": (balanced, confusion)}
    if classes == 2:
        found["roc_auc"] = (ranking.roc_auc, lambda frame: (frame["label"].to_numpy(), scores(frame)))
        found["accuracy_at_threshold"] = (
            mean,
            lambda frame: (((frame["score_1"] >= frame["threshold"]) == frame["label"]).to_numpy(np.float64),),
        )
    return found


def _runs(jobs: Sequence[Job]) -> pd.DataFrame:
    rows = []
    for job in jobs:
        about, measured = (files.read_json(job.result.with_name(name)) for name in ("run.json", "measured.json"))
        metrics = files.read_json(job.result.with_name("metrics.json"))
        history = pd.read_csv(job.result.with_name("history.csv"))
        watched = "val_rmse" if about["task"] == "regression" else "val_accuracy"
        rows.append(
            {
                "run": job.plan.run,
                "protocol": about["protocol"],
                "recipe": job.variant,
                "seed": job.seed,
                "fold": job.fold,
                "size": "x".join(map(str, about["input_shape"])),
                **{f"n_{part}": about["examples"][part] for part in ("train", "val", "test")},
                "epochs": about["epochs_trained"],
                "best_epoch": about["best_epoch"],
                "train_metric": history[watched.removeprefix("val_")].iloc[about["best_epoch"] - 1],
                "val_metric": history[watched].iloc[about["best_epoch"] - 1],
                "threshold": about.get("threshold", math.nan),
                "commit": measured["commit"],
                "seconds": measured["seconds"],
            }
            | {
                f"{name}{end}": estimate[key]
                for name, estimate in metrics.items()
                for end, key in (("", "value"), ("_low", "low"), ("_high", "high"))
            }
        )
    return pd.DataFrame(rows)


def _summary(cells: Sequence[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        about = cell.about
        for name, draws in cell.draws.items():
            value, low, high = repeats.estimate(draws)
            rows.append(
                {
                    "run": cell.run,
                    "protocol": about["protocol"],
                    "recipe": cell.variant,
                    "published": about["published_result"],
                    "metric": name,
                    "value": value,
                    "low": low,
                    "high": high,
                    "sd_over_seeds": draws.deviation,
                    "seeds": len(cell.seeds),
                    "folds": len(cell.abouts) // len(cell.seeds),
                    "size": "x".join(map(str, about["input_shape"])),
                    "n_train": about["examples"]["train"],
                    "n_test": len(cell.predictions[0]),
                    "groups_test": cell.predictions[0]["group"].nunique(),
                }
            )
    return pd.DataFrame(rows)


def _differences(cells: Sequence[Cell]) -> pd.DataFrame:
    known = {(cell.run, cell.protocol, cell.variant): cell for cell in cells}
    rows = []

    def compare(question: str, first: Cell | None, second: Cell | None, *, paired: bool) -> None:
        if first is None or second is None:
            return
        seeds = sorted(first.seeds.keys() & second.seeds.keys())
        for name in first.draws:
            one, other = first.draws[name], second.draws[name]
            if not paired:  # other test examples: the draws must not go together
                other = repeats.Draws(other.values, np.roll(other.samples, len(other.samples) // 2))
            value, low, high = repeats.difference(one, other)
            rows.append(
                (question, first.run, first.about["protocol"], first.variant, name, value, low, high, len(seeds))
            )

    for cell in cells:
        if cell.protocol == "image-level":
            grouped = known.get((cell.run, "grouped", cell.variant))
            compare("image-level minus grouped: what leakage is worth", cell, grouped, paired=False)
        if cell.variant == "tuned":
            published = known.get((cell.run, cell.protocol, "published"))
            compare("tuned minus published recipe", cell, published, paired=True)
        if cell.variant == "published, no augmentation":
            augmented = known.get((cell.run, cell.protocol, "published"))
            compare("without minus with augmentation", cell, augmented, paired=True)
        if cell.run == "brain_tumor-vgg16":
            plain = known.get(("brain_tumor-plain_cnn", cell.protocol, cell.variant))
            compare("VGG16 minus plain CNN", cell, plain, paired=True)
    columns = ["question", "run", "protocol", "recipe", "metric", "value", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)


def _summary_table(summary: pd.DataFrame) -> str:
    lines = [
        "| run | protocol | recipe | measured [95 % interval] | ± seeds | seeds × folds | train / test (groups) "
        "| published |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    keys = ["run", "protocol", "recipe"]
    for (run, protocol, recipe), rows in summary.groupby(keys, sort=False):
        first = rows.iloc[0]
        figures = "<br>".join(f"{NAMES[row.metric]} {_figure(row.metric, row)}" for row in rows.itertuples())
        deviation = "–" if math.isnan(first["sd_over_seeds"]) else _number(first["metric"], first["sd_over_seeds"])
        sizes = f"{first['n_train']:,} / {first['n_test']:,} ({first['groups_test']:,})"
        repeated = f"{first['seeds']} × {first['folds']}"
        lines.append(
            f"| **{run}**, {first['size']} | {protocol} | {recipe} | {figures} | {deviation} | {repeated} | {sizes} "
            f"| {first['published'] or 'none stated'} |"
        )
    return "\n".join(lines) + "\n"


def _differences_table(differences: pd.DataFrame) -> str:
    lines = [
        "| question | run | protocol | recipe | metric | difference [95 % interval] |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in differences.itertuples():
        told = "" if row.low > 0 or row.high < 0 else "; cannot be told from 0"
        value, low, high = (_number(row.metric, number, "+") for number in (row.value, row.low, row.high))
        figure = f"{value} [{low}, {high}]"
        lines.append(
            f"| {row.question} | {row.run} | {row.protocol} | {row.recipe} | {NAMES[row.metric]} | {figure}{told} |"
        )
    return "\n".join(lines) + "\n"


def _figure(metric: str, row: Any) -> str:
    return f"{_number(metric, row.value)} [{_number(metric, row.low)}, {_number(metric, row.high)}]"


def _number(metric: str, value: float, sign: str = "") -> str:
    return f"{value:{sign}.3f}" if metric in ("rmse", "roc_auc") else f"{100 * value:{sign}.1f} %"


def _versions(jobs: Sequence[Job]) -> str:
    found = {tuple(files.read_json(job.result)["versions"].items()) for job in jobs}
    said = "; ".join(", ".join(f"{name} {version}" for name, version in versions) for versions in sorted(found))
    return f"Measured with {said}, on a CPU. The commit of each training is in `runs.csv`.\n"


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with files.aside(path) as aside:
        frame.to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")
