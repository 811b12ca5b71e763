"""Writes reports/published/ from what `published.py` has measured: CSV files, and tables.md for people."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import published_figure
import published_markdown
from published_plans import ROOT, everything

from cnnbench import config
from cnnbench.core import files
from cnnbench.evaluation import figures
from cnnbench.metrics.intervals import repeated
from cnnbench.report.text import describe_published
from cnnbench.results import entries
from cnnbench.results.entries import Entry
from cnnbench.results.line import ENDS
from cnnbench.results.run_result import RunResult

if TYPE_CHECKING:
    from published import Job

OUT = ROOT / "reports/published"
PACKAGES = ("tensorflow", "keras", "numpy", "pillow")
Cells = dict[tuple[str, str, str], Entry]
"""Everything measured, by run, protocol and variant of the recipe."""


def write(jobs: Sequence[Job]) -> None:
    """Writes runs.csv, summary.csv, differences.csv, leakage.json, tables.md and the figure."""
    ordered = sorted(jobs, key=lambda job: (job.plan.run, job.protocol, job.variant, job.seed, job.fold))
    cells = _cells(ordered)
    runs = _csv(_runs(ordered), OUT / "runs.csv", 5)
    summary = _csv(_summary(cells), OUT / "summary.csv", 3)
    differences = _csv(_differences(cells), OUT / "differences.csv", 4)
    folders = {job.folder for job in ordered}
    path = OUT / "leakage.json"
    audits = (files.read_json(path) if path.exists() else {}) | {
        folder.name: files.read_json(path) | {"pairs": []}  # whose pictures are large
        for folder in sorted(folders)
        for path in folder.glob("data/splits/*.leakage.json")
    }
    files.write_json(OUT / "leakage.json", audits)
    headlines = summary.drop_duplicates(["run", "protocol", "recipe"])  # the first metric of each stands for it
    figures.save(published_figure.draw(headlines), OUT / "measured.svg")
    versions = runs[list(PACKAGES)].drop_duplicates().to_dict("records")
    files.write_text(OUT / "tables.md", published_markdown.render(summary, headlines, differences, audits, versions))
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
        result, measured = RunResult.read(job.result.parent), files.read_json(job.result)
        history = pd.read_csv(result.folder / "history.csv").iloc[result.best_epoch - 1]
        metric = "accuracy" if result.is_classification else "rmse"
        rows.append(
            {
                "run": job.plan.run,
                "protocol": result.protocol,
                "recipe": job.variant,
                "seed": job.seed,
                "fold": job.fold,
                "size": "x".join(map(str, result.input_shape)),
                **{f"n_{part}": result.examples[part] for part in config.PARTS},
                "epochs": result.epochs_trained,
                "best_epoch": result.best_epoch,
                "train_metric": history[metric],
                "val_metric": history[f"val_{metric}"],
                "threshold": math.nan if result.threshold is None else result.threshold,
                "commit": measured["commit"],
                "seconds": measured["seconds"],
                **measured["versions"],
            }
            | {
                f"{name}{suffix}": end
                for name, estimate in result.metrics.items()
                for suffix, end in zip(ENDS, estimate, strict=True)
            }
        )
    return pd.DataFrame(rows)


def _summary(cells: Cells) -> pd.DataFrame:
    runs, rows = everything()["runs"], []
    for (run, _, variant), cell in cells.items():
        record, tested, source = cell.record, cell.predictions[0], runs[run].get("published")
        for name in _metrics(cell):
            value, low, high = cell.estimate(name)
            rows.append(
                {
                    "run": run,
                    "protocol": record.protocol,
                    "recipe": variant,
                    "published": describe_published(config.Published.model_validate(source)) if source else "",
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
            first_draws, second_draws = (entry.draws(name, seeds or None) for entry in (one, other))
            if not paired:  # other test examples: the draws must not go together
                shifted = np.roll(second_draws.samples, len(second_draws.samples) // 2)
                second_draws = repeated.Draws(second_draws.values, shifted)
            value, low, high = repeated.difference(first_draws, second_draws, paired=paired and bool(seeds))
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


def _csv(frame: pd.DataFrame, path: Path, keys: int) -> pd.DataFrame:
    """Writes a table, and returns it as it can be read again.

    Predictions are kept since November 2026. What was measured before is in earlier/, and stands where a line with the
    same first `keys` cells has not been measured again.
    """
    new = pd.read_csv(io.StringIO(frame.to_csv(index=False, float_format="%.6g")), dtype=str, keep_default_na=False)
    earlier = path.parent / "earlier" / path.name
    if earlier.exists():
        old = pd.read_csv(earlier, dtype=str, keep_default_na=False)
        shared = list(old.columns[:keys])
        measured = set(map(tuple, new[shared].to_numpy()))
        kept = old[[tuple(row) not in measured for row in old[shared].to_numpy()]]
        new = pd.concat([kept, new]).fillna("").sort_values(shared, ignore_index=True, kind="stable")
    with files.aside(path) as aside:
        new.to_csv(aside, index=False, lineterminator="\n")
    return pd.read_csv(path, dtype={"published": str, "commit": str}).fillna({"published": ""})
