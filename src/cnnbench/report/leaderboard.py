"""The benchmark's numbers for programs: one tidy table, and the metrics that thresholds bind."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from cnnbench.config import PARTS
from cnnbench.metrics import lookup
from cnnbench.report.places import Place
from cnnbench.results import columns
from cnnbench.results.line import Line
from cnnbench.results.run_result import RunResult

Metrics = dict[str, dict[str, dict[str, float | None]]]
"""Run to metric to value, low and high; None where not defined."""

_FIELDS = [field.name for field in fields(Line) if field.name in RunResult.model_fields or field.name in ("metrics",)]
"""What a line takes from a result as it is."""


def metrics(results: Iterable[RunResult]) -> Metrics:
    """Every metric of every run, as metrics.json holds them."""
    return {
        result.run: {
            name: {key: _finite(value) for key, value in result.metrics[name]._asdict().items()}
            for name in lookup.sort_names(result.metrics)
        }
        for result in results
    }


def csv_text(results: list[RunResult], places: Mapping[str, Place]) -> str:
    """The leaderboard as CSV, a row per run; docs/leaderboard.md says what each column holds.

    Args:
        results: Of every run.
        places: Of every run.
    """
    names = lookup.sort_names({name for result in results for name in result.metrics})
    lines = (line(result, places[result.run]) for result in results)
    return table(columns.csv_header(names), (columns.csv_cells(one, names) for one in lines))


def line(result: RunResult, place: Place) -> Line:
    """A run's line of the leaderboards."""
    taken: dict[str, Any] = {name: getattr(result, name) for name in _FIELDS}
    taken |= {f"n_{part}": result.examples[part] for part in PARTS}
    return Line(
        **taken,
        rank=place.rank,
        rank_low=place.low,
        rank_high=place.high,
        tie_group=place.group,
        ranked=place.of,
    )


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


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
