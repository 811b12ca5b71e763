"""The benchmark's numbers for programs: one tidy table, and the metrics that thresholds bind."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from cnnbench.report.places import COLUMNS, Place
from cnnbench.report.run_results import ENDS, Result
from cnnbench.report.text import metric_order

Metrics = dict[str, dict[str, dict[str, float | None]]]
"""Run to metric to value, low and high; None where not defined."""

# Of a run, what identifies it and where its numbers come from.
_IDENTITY = ("run", "dataset", "architecture", "task", "protocol", "profile", "source", "synthetic", "seed", "fold")
_SIZES = ("n_train", "n_val", "n_test", "parameters", "flops", "unit")


def metrics(results: Iterable[Result]) -> Metrics:
    """Every metric of every run, as metrics.json holds them."""
    return {
        result.run: {
            name: {key: _finite(value) for key, value in measure._asdict().items()}
            for name, measure in sorted(result.metrics.items(), key=lambda item: metric_order(item[0]))
        }
        for result in results
    }


def csv_text(results: list[Result], places: Mapping[str, Place]) -> str:
    """The leaderboard as CSV, a row per run; docs/leaderboard.md says what each column holds.

    Args:
        results: Of every run.
        places: Of every run.
    """
    names = sorted({name for result in results for name in result.metrics}, key=metric_order)
    bounds = [f"{name}{end}" for name in names for end in ENDS]
    header = [*_IDENTITY, *_SIZES, *bounds, *COLUMNS]
    lines = [[*_identity(result), *_measured(result, names), *places[result.run].cells] for result in results]
    return table(header, lines)


def table(header: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    """CSV with Unix line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()


def json_text(value: Mapping[str, Any]) -> str:
    """Indented JSON in the order given."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _identity(result: Result) -> list[str]:
    values = [getattr(result, name) for name in _IDENTITY]
    counts = [result.examples[part] for part in ("train", "val", "test")]
    cells = [*values, *counts, result.parameters, "" if result.flops is None else result.flops, result.unit]
    return [str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in cells]


def _measured(result: Result, names: list[str]) -> list[str]:
    nothing = (math.nan, math.nan, math.nan)
    cells = [value for name in names for value in result.metrics.get(name, nothing)]
    return ["" if math.isnan(cell) else f"{cell:.6f}" for cell in cells]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
