"""Measures a network on its test images, corrupted: every metric with its interval, and its distance from the clean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cnnbench.config import Params
from cnnbench.core.errors import UserError
from cnnbench.core.printable import printable
from cnnbench.core.progress import bar
from cnnbench.data.records import schema
from cnnbench.data.records.reader import Examples
from cnnbench.evaluation import evaluate, run_tables, scoring
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.intervals.repeated import Draws
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions
from cnnbench.robustness import drawing
from cnnbench.robustness.kinds import STRENGTHS, corrupt
from cnnbench.runs.corruption_files import ALL, MEAN, TABLE
from cnnbench.runs.record import RunRecord

_CHUNK = 1024  # images that are corrupted and held at a time


def write(knobs: Params, name: str, out: Path) -> tuple[str, dict[str, dict[str, float | str]]]:
    """Measures a run on its corrupted test images.

    Args:
        knobs: params.yaml.
        name: Of the run.
        out: The folder for the table and its two figures.

    Returns:
        The headline metric on clean and on corrupted images, in a line; the latter as the content of `dvc metrics`.

    Raises:
        UserError: A file is missing or damaged, or the run classifies no images.
    """
    trained = RunRecord.read(Path("reports/runs", name))
    if not trained.is_image or not trained.is_classification:
        raise UserError(
            f"Expected a run that classifies images as corruptions.{name} in params.yaml, received one that does not: "
            "remove it."
        )
    folder, kinds = Path("data/records", trained.dataset), knobs.corruptions[name].kinds
    records = schema.read(folder)
    if records.dtype != "uint8" or records.shape[-1] not in (1, 3):
        raise UserError(
            f"Expected images of 8 bits, grey or RGB, in {folder}, received {records.dtype} {records.shape}."
        )
    examples = Examples(folder, records, records.parts(knobs.split, trained.fold)["test"])
    clean = _read_clean(name, trained, examples.ids)
    network = scoring.load(Path("models", name, "model.keras"))
    scored: dict[tuple[str, int], NDArray[np.float64]] = {}
    with bar(f"corrupting {trained.dataset}", len(kinds) * len(STRENGTHS)) as advance:
        for kind in kinds:
            for strength in STRENGTHS:
                scored[kind, strength] = _predict(network, examples, kind, strength)
                advance()
    table = pd.DataFrame(_rows(clean, scored, kinds))
    run_tables.write_csv(table, out / TABLE)
    headline = lookup.headline(len(trained.classes)).name
    drawing.draw(out, table, headline, examples)
    mean = table[(table["corruption"] == ALL) & (table["metric"] == headline)].iloc[0]
    line = printable(
        f"{name}: {headline} {mean['clean']:.3f} on clean test images, {mean['value']:.3f} as the mean over "
        f"{len(kinds)} corruptions of {len(STRENGTHS)} strengths, difference {mean['difference']:+.3f} (95 % interval "
        f"{mean['difference_low']:+.3f} to {mean['difference_high']:+.3f})"
    )
    corrupted = Estimate(*(float(mean[column]) for column in ("value", "low", "high")))
    return line, evaluate.summarise(f"{name} corrupted", {headline: corrupted}, len(examples))


def _read_clean(name: str, trained: RunRecord, ids: NDArray[np.str_]) -> Predictions:
    """The predictions of the clean images, in the order of the records."""
    path = Path("reports/runs", name, "predictions.parquet")
    columns = [f"score_{index}" for index in range(len(trained.classes))]
    try:
        frame = pd.read_parquet(path, columns=["id", "group", "label", *columns]).set_index("id").loc[ids.tolist()]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"Expected the predictions of the test examples in {path}, received {' '.join(str(error).split())[:200]}: "
            f"run `dvc repro evaluate@{name}`."
        ) from None
    labels, groups = frame["label"].to_numpy(np.int64), frame["group"].to_numpy(np.str_)
    return Predictions(labels, frame[columns].to_numpy(np.float64), groups, trained.threshold, trained.temperature)


def _predict(network: Any, examples: Examples, kind: str, strength: int) -> NDArray[np.float64]:
    found = []
    for start in range(0, len(examples), _CHUNK):
        rows = range(start, min(start + _CHUNK, len(examples)))
        images = examples.gather(rows)
        corrupted = np.stack(
            [corrupt(image, kind, strength, str(examples.ids[row])) for row, image in zip(rows, images, strict=True)]
        )
        found.append(scoring.predict_scores(network, corrupted))
    return np.concatenate(found)


def _rows(
    clean: Predictions, scored: dict[tuple[str, int], NDArray[np.float64]], kinds: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """A row per corruption, strength and metric; then the means over strengths, and over all."""
    metrics = [row.name for row in lookup.rows(clean.classes, clean.given) if row.statistic]
    whole = {name: _draw(name, clean) for name in metrics}
    drawn: dict[str, dict[tuple[str, int], Draws]] = {name: {} for name in metrics}
    for (kind, strength), scores in scored.items():
        found = Predictions(clean.labels, scores, clean.groups, clean.threshold, clean.temperature)
        measured = measure(found)
        for name in metrics:
            drawn[name][kind, strength] = _draw(name, found)
            estimate = measured[name]
            yield _row(kind, strength, name, whole[name], drawn[name][kind, strength]) | {
                "low": estimate.low,
                "high": estimate.high,
            }
    for over in (*kinds, ALL):
        for name in metrics:
            some = [one for (kind, _), one in drawn[name].items() if over in (kind, ALL)]
            values, samples = (np.mean(arrays, axis=0) for arrays in zip(*some, strict=True))
            yield _row(over, MEAN, name, whole[name], Draws(values, samples))


def _row(kind: str, strength: int | str, name: str, clean: Draws, found: Draws) -> dict[str, Any]:
    """The difference is of paired draws: both have the same test images and the same seed."""
    value, low, high = repeated.estimate(found)
    difference, difference_low, difference_high = repeated.difference(found, clean)
    return {
        "corruption": kind,
        "strength": strength,
        "metric": name,
        "value": value,
        "low": low,
        "high": high,
        "clean": clean.mean,
        "difference": difference,
        "difference_low": difference_low,
        "difference_high": difference_high,
    }


def _draw(name: str, predictions: Predictions) -> Draws:
    if not predictions.finite:
        return Draws(np.full(1, np.nan), np.full(1000, np.nan))
    return repeated.bootstrap(lookup.find(name).compute, [(predictions,)], predictions.groups)
