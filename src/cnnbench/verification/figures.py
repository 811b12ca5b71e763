"""Measured figures against the committed expected ones: by intervals, since bits differ between processors."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from cnnbench.config import Params
from cnnbench.core import files, processor
from cnnbench.core.errors import UserError
from cnnbench.core.stored_model import StoredModel
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import reading
from cnnbench.results.run_result import RunResult
from cnnbench.verification.finding import Finding

FILE = "expected.json"


class Figure(StoredModel):
    """A metric with its 95 % interval, in its unit."""

    value: float
    low: float
    high: float


class Expected(StoredModel):
    """The expected figures of a run.

    Attributes:
        settings: SHA-256, in hex, of what decides the figures: data, split, network, recipe, seed and fold.
        examples: Of the test part.
        metrics: By name.
    """

    settings: str
    examples: int
    metrics: dict[str, Figure]


class ExpectedFigures(StoredModel):
    """The content of reports/expected.json.

    Attributes:
        made_on: Processor and instruction set of the machine that measured them.
        runs: By name.
    """

    made_on: dict[str, str]
    runs: dict[str, Expected]


def check_figures(knobs: Params, reports: Path) -> Iterator[Finding]:
    """Compares the runs of the last report with the expected figures.

    A figure agrees where its 95 % interval overlaps the expected one. A run with other settings is not compared.

    Raises:
        UserError: A file is missing or damaged.
    """
    try:
        expected = ExpectedFigures.model_validate_json((reports / FILE).read_bytes())
    except FileNotFoundError:
        return  # a project of one's own has none until it saves them
    except ValueError:
        raise UserError(f"Expected {reports / FILE} as `cnnbench verify --save` writes it, received another.") from None
    measured = reading.report_metrics(reports / "metrics.json")
    for name, run in expected.runs.items():
        if name in knobs.runs and name in measured:
            yield _compare(name, run, RunResult.read(reports / "runs" / name), measured[name])


def save(knobs: Params, reports: Path) -> ExpectedFigures:
    """Writes the figures of the last report as the expected ones: headline metrics, and those with a threshold."""
    measured = reading.report_metrics(reports / "metrics.json")
    runs = {}
    for name in sorted({*measured} & {*knobs.runs}):  # without tests on other data, and what others brought
        result = RunResult.read(reports / "runs" / name)
        metrics = {
            metric: Figure(**{end: round(number, 6) for end, number in estimate._asdict().items()})
            for metric, estimate in measured[name].items()
            if metric in {result.headline, *knobs.thresholds.get(name, ())} and all(map(math.isfinite, estimate))
        }
        runs[name] = Expected(settings=_settings(result), examples=result.examples["test"], metrics=metrics)
    expected = ExpectedFigures(made_on=processor.describe(), runs=runs)
    files.write_json(reports / FILE, expected.model_dump())
    return expected


def _compare(name: str, expected: Expected, result: RunResult, measured: Mapping[str, Estimate]) -> Finding:
    if _settings(result) != expected.settings:
        return Finding("figures", name, ok=True, text="other settings than those of the expected figures: not compared")
    lines, ok = [], True
    for metric, figure in expected.metrics.items():
        found = measured.get(metric, Estimate(math.nan, math.nan, math.nan))
        agrees = found.low <= figure.high and figure.low <= found.high
        ok &= agrees
        interval = f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"
        lines.append(
            f"{metric} {interval} {'agrees with' if agrees else 'DIFFERS from'} "
            f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
        )
    return Finding("figures", name, ok, "; ".join(lines))


def _settings(result: RunResult) -> str:
    decides = [*result.identity, result.counts or result.examples, result.seed, result.fold]
    text = json.dumps(decides, default=lambda recipe: recipe.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()
