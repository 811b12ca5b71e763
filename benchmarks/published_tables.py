"""Writes reports/published/ from what `published.py` has measured: CSV files, and tables.md for people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import published_figure

from cnnbench import config
from cnnbench.core import files
from cnnbench.evaluation import figures
from cnnbench.metrics.intervals import repeated
from cnnbench.report.text import describe_published
from cnnbench.results import entries
from cnnbench.results.entries import Entry
from cnnbench.results.run_result import RunResult

if TYPE_CHECKING:
    from published import Job

ROOT = Path(__file__).parent.parent
OUT, PARAMS = ROOT / "reports/published", ROOT / "params.yaml"
NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "accuracy_at_threshold": "accuracy at the validation threshold",
    "rmse": "RMSE",
}
NO_SHARES = ("roc_auc", "rmse")  # shown as they are; the others in per cent
INTRODUCTION = """\
# Published figures, measured

Each line is a network trained and tested on the data named, by `python benchmarks/published.py`, with
`CNNBENCH_ARCHIVES` naming the folder of downloaded archives. *Recipe*: `published` is the tutorial's, `tuned` the one
in `params.yaml` that validation data chose. *Protocol*: `official` keeps the publisher's test part; `grouped` never
parts a patient's images or copies; `image-level` deals each image for itself, as the tutorials did. In brackets the
95 % interval of the mean over seeds, from a bootstrap of test groups (patients where they are known) and, where there
are several seeds, Student's t over them; ± is the standard deviation over seeds.
"""
AUDITS = """\
Per data set and split: sets of copies, of look-alikes (images that a perceptual hash cannot tell apart) and of several
images of one group, such as a patient; in brackets how many of them stand in more than one of train, validation and
test. A dash: none, none known or, of look-alikes, none looked for. `leakage.json` names the examples.
"""
PROTOCOLS = {
    "grouped 8:1:1": ("grouped 8:1:1",),
    "official": ("official",),
    "image- or row-level 8:1:1": ("image-level 8:1:1", "row-level 8:1:1"),
}

Cells = dict[tuple[str, str, str], Entry]
"""Everything measured, by run, protocol and variant of the recipe."""


def write(jobs: Sequence[Job]) -> None:
    """Writes runs.csv, summary.csv, differences.csv, leakage.json, tables.md and the figure."""
    ordered = sorted(jobs, key=lambda job: (job.plan.run, job.protocol, job.variant, job.seed, job.fold))
    cells = _cells(ordered)
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
    headlines = summary.drop_duplicates(["run", "protocol", "recipe"])  # the first metric of each stands for it
    figures.save(published_figure.draw(headlines), OUT / "measured")
    parts = [
        INTRODUCTION,
        "![Accuracy, or RMSE, of each line with its interval, a panel per data set](measured.svg)\n",
        "## In short\n",
        _short_table(headlines),
        "## Differences in short\n",
        differences_table(differences[differences["metric"].isin(["accuracy", "rmse"])]),
        "## Measured\n",
        _summary_table(summary),
        "## Differences\n",
        differences_table(differences),
        "## What the audits found\n",
        AUDITS,
        _audits_table(audits),
        "## Versions\n",
        _versions(ordered),
    ]
    files.write_text(OUT / "tables.md", "\n".join(parts))
    print(f"{len(ordered)} trainings, {len(cells)} lines: {OUT.relative_to(OUT.parent.parent)}/tables.md")


def _cells(ordered: Sequence[Job]) -> Cells:
    """Gathers sorted jobs; only those count that have a seed with all its folds."""
    kinds = itertools.groupby(ordered, key=lambda job: (job.plan.run, job.protocol, job.variant))
    cells = {}
    for kind, found in kinds:
        jobs = list(found)
        entry = entries.gather(kind[0], [RunResult.read(job.result.parent) for job in jobs])
        if len(entry.folds) == jobs[0].plan.folds:
            cells[kind] = entry
    return cells


def _metrics(entry: Entry) -> list[str]:
    """Those that are tabled, the headline first."""
    if not entry.record.classes:
        return ["rmse"]
    two = ("roc_auc", "accuracy_at_threshold") if len(entry.record.classes) == 2 else ()
    return [name for name in ("accuracy", "balanced_accuracy", *two) if name in entry.metrics]


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


def _summary(cells: Cells) -> pd.DataFrame:
    runs, rows = config.load(PARAMS).runs, []
    for (run, _, variant), cell in cells.items():
        record, tested = cell.record, cell.predictions[0]
        for name in _metrics(cell):
            value, low, high = cell.estimate(name)
            rows.append(
                {
                    "run": run,
                    "protocol": record.protocol,
                    "recipe": variant,
                    "published": describe_published(source) if (source := runs[run].published) else "",
                    "metric": name,
                    "value": value,
                    "low": low,
                    "high": high,
                    "sd_over_seeds": cell.draws(name).deviation,
                    "seeds": len(cell.seeds),
                    "folds": len(cell.folds),
                    "size": "x".join(map(str, record.input_shape)),
                    "n_train": record.examples["train"],
                    "n_test": len(tested),
                    "groups_test": tested["group"].nunique(),
                }
            )
    return pd.DataFrame(rows)


def _differences(cells: Cells) -> pd.DataFrame:
    rows = []

    def compare(question: str, first: tuple[str, str, str], second: tuple[str, str, str], *, paired: bool) -> None:
        if second not in cells:
            return
        one, other = cells[first], cells[second]
        seeds = sorted(set(one.seeds) & set(other.seeds))
        for name in _metrics(one):
            mine, theirs = (entry.draws(name, seeds or None) for entry in (one, other))
            if not paired:  # other test examples: the draws must not go together
                theirs = repeated.Draws(theirs.values, np.roll(theirs.samples, len(theirs.samples) // 2))
            value, low, high = repeated.difference(mine, theirs, paired=paired and bool(seeds))
            rows.append((question, first[0], one.record.protocol, first[2], name, value, low, high, len(seeds)))

    for run, protocol, variant in cells:
        cell = (run, protocol, variant)
        if protocol == "image-level":
            compare("image-level minus grouped: what leakage is worth", cell, (run, "grouped", variant), paired=False)
        if variant == "tuned":
            compare("tuned minus published recipe", cell, (run, protocol, "published"), paired=True)
        if variant == "published, no augmentation":
            compare("without minus with augmentation", cell, (run, protocol, "published"), paired=True)
        if run == "brain_tumor-vgg16":
            compare("VGG16 minus plain CNN", cell, ("brain_tumor-plain_cnn", protocol, variant), paired=True)
    columns = ["question", "run", "protocol", "recipe", "metric", "value", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)


def _short_table(headlines: pd.DataFrame) -> str:
    """The metric that stands for each run, a column per protocol: where no group is known, grouped is image-level."""
    lines = [
        f"| run | recipe | {' | '.join(PROTOCOLS)} | figure of the source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (run, recipe), rows in headlines.groupby(["run", "recipe"], sort=False):
        one = rows.iloc[0]
        what = f"**{run}**, {one['size']}, {NAMES[one['metric']]}"
        cells = [
            next((_tested(row) for row in rows.itertuples() if row.protocol in names), "–")
            for names in PROTOCOLS.values()
        ]
        lines.append(f"| {what} | {recipe} | {' | '.join(cells)} | {one['published'] or 'none describe_published'} |")
    return "\n".join(lines) + "\n"


def _tested(row: Any) -> str:
    seeds = f"{row.seeds} seed{'s' * (row.seeds > 1)}"
    return f"{_figure(row.metric, row)}<br>{row.n_test:,} tested, {seeds}"


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
            f"| {first['published'] or 'none describe_published'} |"
        )
    return "\n".join(lines) + "\n"


def differences_table(differences: pd.DataFrame) -> str:
    """A line per question and run, a metric below another."""
    lines = [
        "| question | run | protocol | recipe | difference [95 % interval], bold where it can be told from 0 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for asked, rows in differences.groupby(["question", "run", "protocol", "recipe"], sort=False):
        cell = []
        for row in rows.itertuples():
            figure = f"{NAMES[row.metric]} {_difference(row)}"
            cell.append(f"**{figure}**" if row.low > 0 or row.high < 0 else figure)
        lines.append(f"| {' | '.join(asked)} | {'<br>'.join(cell)} |")
    return "\n".join(lines) + "\n"


def _audits_table(audits: dict[str, Any]) -> str:
    rows = {}
    for folder, audit in audits.items():
        dataset = folder.split("-")[0]
        reasons = ", ".join(f"{count} {reason}" for reason, count in audit["dropped"]["reasons"].items())
        for split, name in (("used", audit["protocol"]), ("official", "the publisher's own")):
            if found := audit.get(split):
                cells = [_across(found[kind]) for kind in ("exact", "near", "groups")]
                rows[dataset, name] = f"| {dataset} | {name} | {' | '.join(cells)} | {reasons or '–'} |"
    head = [
        "| data set | split | copies (across) | look-alikes (across) | groups of several (across) | left out |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*head, *(row for _, row in sorted(rows.items()))]) + "\n"


def _across(found: dict[str, Any] | None) -> str:
    """Nothing where look-alikes were not looked for, or no group is known."""
    return f"{found['clusters']:,} ({found['clusters_across']:,})" if found and found["clusters"] else "–"


def _figure(metric: str, row: Any) -> str:
    return f"{_number(metric, row.value)} [{_number(metric, row.low)}, {_number(metric, row.high)}]"


def _number(metric: str, value: float) -> str:
    return f"{value:.3f}" if metric in NO_SHARES else f"{100 * value:.1f} %"


def _difference(row: Any) -> str:
    """Of shares in points: 2 % more of 90 % would be 91.8 %."""
    if row.metric in NO_SHARES:
        return f"{row.value:+.3f} [{row.low:+.3f}, {row.high:+.3f}]"
    return f"{100 * row.value:+.1f} points [{100 * row.low:+.1f}, {100 * row.high:+.1f}]"


def _versions(jobs: Sequence[Job]) -> str:
    found = {tuple(files.read_json(job.result)["versions"].items()) for job in jobs}
    said = "; ".join(", ".join(f"{name} {version}" for name, version in versions) for versions in sorted(found))
    return f"Measured with {said}, on a CPU. The commit of each training is in `runs.csv`.\n"


def _csv(frame: pd.DataFrame, path: Path) -> None:
    with files.aside(path) as aside:
        frame.to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")
