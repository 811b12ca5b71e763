"""The leaderboards of the page: runs whose headline metrics share an axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.places import Place
from cnnbench.results.run_result import RunResult


class Bar(NamedTuple):
    """A measure on an axis from 0 to `top`, in per cent of the axis' length."""

    value: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True)
class Scale:
    """One leaderboard: the runs whose headline metrics share an axis.

    Attributes:
        metric: The headline metric.
        better: "higher" or "lower".
        unit: Of the metric; empty where it has none.
        top: The axis' end.
        runs: By data set, the best first; repeats of one network stand together.
    """

    metric: str
    better: str
    unit: str
    top: float
    runs: tuple[RunResult, ...]

    def bar(self, result: RunResult) -> Bar | None:
        """Where the result lies on the axis; None where it is not defined."""
        measure = result.metrics[self.metric]
        if not all(map(math.isfinite, measure)):
            return None
        values = (*measure, result.commonest_share if result.is_classification else 0.0)
        return Bar(*(round(100 * min(max(value / self.top, 0.0), 1.0), 2) for value in values))


def scales(results: list[RunResult], places: Mapping[str, Place]) -> Iterator[Scale]:
    """Yields a leaderboard of accuracies, then one of RMSE per unit, as far as there are such runs."""
    classifications = [result for result in results if result.is_classification]
    if classifications:
        yield Scale("accuracy", "higher", "", 1.0, _ordered(classifications, places))
    for unit in sorted({result.unit for result in results if not result.is_classification}):
        runs = [result for result in results if not result.is_classification and result.unit == unit]
        top = round_up([run.metrics["rmse"] for run in runs])
        yield Scale("rmse", "lower", unit, top, _ordered(runs, places))


def round_up(measures: list[Estimate]) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, at or above everything that is shown on it."""
    highest = max((value for measure in measures for value in measure if math.isfinite(value)), default=1.0)
    power: float = 10.0 ** math.floor(math.log10(highest)) if highest > 0 else 1.0
    return next(step * power for step in (1, 2, 5, 10) if step * power >= highest)


def _ordered(runs: list[RunResult], places: Mapping[str, Place]) -> tuple[RunResult, ...]:
    def key(run: RunResult) -> tuple[str, str, int, str, int, int, str]:
        place = places[run.run]
        return run.dataset, run.protocol, place.rank, place.entry, run.seed, run.fold, run.run

    return tuple(sorted(runs, key=key))
