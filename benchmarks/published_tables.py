"""Writes reports/published/ from what `published.py` has measured: CSV files, and tables.md for people."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import published_figure
import published_markdown
from published_plans import COMPARED, ROOT, everything

from cnnbench import config
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.evaluation import figures
from cnnbench.metrics.intervals import repeated
from cnnbench.report.text import describe_published
from cnnbench.results import ensembles, entries
from cnnbench.results.ensemble_result import EnsembleResult
from cnnbench.results.entries import Entry
from cnnbench.results.line import ENDS
from cnnbench.results.run_result import RunResult

if TYPE_CHECKING:
    from published import Job

OUT = ROOT / "reports/published"
PACKAGES = ("tensorflow", "keras", "numpy", "pillow")
Cell = tuple[str, str, str]
"""Run, protocol and variant of the recipe."""
Cells = dict[Cell, Entry]
"""Everything measured."""


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
        if len(entry.folds) != jobs[0].plan.folds:
            continue
        cells[kind] = entry
        if len(entry.seeds) > 1:
            cells[_ensemble(kind)] = ensembles.make(kind[0], entry)
    return cells


def _ensemble(cell: Cell) -> Cell:
    """Where the mean of the predictions of a cell's seeds stands."""
    run, protocol, variant = cell
    return run, protocol, f"{variant}, ensemble of seeds"


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
                    "seeds": record.size if isinstance(record, EnsembleResult) else len(cell.seeds),
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
    for question, first, second, kind in _questions(cells):
        one, other = cells[first], cells[second]
        if kind != "other examples" and not one.predictions[0]["id"].equals(other.predictions[0]["id"]):
            raise UserError(f"Expected {first} and {second} to test the same examples, received others: measure again.")
        seeds = sorted(set(one.seeds) & set(other.seeds)) if kind == "seeds" else []
        for name in _metrics(one):
            if name not in other.metrics:
                continue
            first_draws, second_draws = (entry.draws(name, seeds or None) for entry in (one, other))
            if kind == "other examples":  # the draws must not go together
                shifted = np.roll(second_draws.samples, len(second_draws.samples) // 2)
                second_draws = repeated.Draws(second_draws.values, shifted)
            estimate = repeated.difference(first_draws, second_draws, paired=bool(seeds))
            rows.append((question, first[0], one.record.protocol, first[2], name, *estimate, len(seeds)))
    columns = ["question", "run", "protocol", "recipe", "metric", "value", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:5], ignore_index=True)


def _questions(cells: Cells) -> Iterator[tuple[str, Cell, Cell, str]]:
    """What is asked of two cells: the first minus the second.

    The last says what both share beside the question: the "seeds" and the test examples, the "examples" alone, or
    neither ("other examples").
    """
    asked: list[tuple[str, Cell, Cell, str]] = []
    for cell in cells:
        run, protocol, variant = cell
        if protocol == "image-level":
            question = "image-level minus grouped: what leakage is worth"
            asked.append((question, cell, (run, "grouped", variant), "other examples"))
        if variant == "tuned":
            asked.append(("tuned minus published recipe", cell, (run, protocol, "published"), "seeds"))
        if variant == "published, no augmentation":
            asked.append(("without minus with augmentation", cell, (run, protocol, "published"), "seeds"))
        asked.append(("ensemble minus the mean of its seeds", _ensemble(cell), cell, "examples"))
        for question, one, other in COMPARED:
            if cell == (one[0], protocol, one[1]):
                asked.append((question, cell, (other[0], protocol, other[1]), "seeds"))
    return (question for question in asked if question[1] in cells and question[2] in cells)


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
