"""The leaderboards of the page: runs whose headline metrics share an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from cnnbench.config import NO_WEIGHTS
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.places import Place
from cnnbench.results import chance
from cnnbench.results.entries import Result
from cnnbench.results.line import Kind


class Bar(NamedTuple):
    """An estimate on an axis, in per cent of its length, and the level of chance; None where it is not known."""

    value: float
    low: float
    high: float
    chance: float | None


@dataclass(frozen=True)
class Scale:
    """One leaderboard: the runs whose headline metrics share an axis.

    Attributes:
        metric: The name of the headline metric.
        unit: Of the target; empty where it has none.
        bottom, top: The axis' ends.
        runs: By data set baselines, then networks, each with its tests on other data, then ensembles, the best of each
            ranking first; repeats of one network stand together.
    """

    metric: str
    unit: str
    bottom: float
    top: float
    runs: tuple[Result, ...]

    @property
    def better(self) -> str:
        """Which values are better: higher or lower ones."""
        return lookup.find(self.metric).better

    @property
    def beside(self) -> str:
        """The name of the metric that stands beside the headline."""
        return lookup.beside(len(self.runs[0].classes)).name

    @property
    def others(self) -> list[str]:
        """The names of the other metrics that any of the runs has."""
        found, known = {name for run in self.runs for name in run.metrics}, lookup.names()
        shown = (self.metric, self.beside, "twins")
        return [name for name in lookup.sort_names(found) if name in known and name not in shown]

    def bar(self, result: Result) -> Bar | None:
        """Where the result lies on the axis; None where it is not defined."""
        estimate = result.metrics[self.metric]
        if not all(map(math.isfinite, estimate)):
            return None
        constant = chance.level(result)
        on_axis = constant is not None and self.bottom <= constant <= self.top
        value, low, high = map(self._share, estimate)
        return Bar(value, low, high, self._share(constant) if constant is not None and on_axis else None)

    def _share(self, value: float) -> float:
        return round(100 * (value - self.bottom) / (self.top - self.bottom), 2)


def scales(results: Sequence[Result], places: Mapping[str, Place]) -> Iterator[Scale]:
    """Yields a leaderboard for each headline metric and unit, as far as there are such runs."""
    alike: dict[tuple[int, str], list[Result]] = {}
    for result in results:
        # By number, so that leaderboards come in the order of the table of metrics.
        alike.setdefault((lookup.names().index(result.headline), result.unit), []).append(result)
    for (_, unit), runs in sorted(alike.items(), key=lambda item: item[0]):
        name = runs[0].headline
        yield Scale(name, unit, *axis(name, [run.metrics[name] for run in runs]), _sort(runs, places))


def axis(metric: str, estimates: Iterable[Estimate]) -> tuple[float, float]:
    """The ends of an axis that holds all estimates: the metric's own ends, or round numbers where it has none."""
    values = [value for estimate in estimates for value in estimate if math.isfinite(value)]
    lowest, highest, row = min(values, default=0.0), max(values, default=1.0), lookup.find(metric)
    bottom = row.lowest if -math.inf < row.lowest <= lowest else -round_up(-lowest) if lowest < 0 else 0.0
    return bottom, row.highest if highest <= row.highest < math.inf else round_up(highest)


def round_up(value: float) -> float:
    """1, 2 or 5 times a power of ten, at or above the value."""
    # 0 has no logarithm.
    power: float = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def _sort(runs: list[Result], places: Mapping[str, Place]) -> tuple[Result, ...]:
    def key(run: Result) -> tuple[object, ...]:
        place, kind = places[run.beside], "network" if run.kind == "external" else run.kind
        group = get_args(Kind).index(kind), run.weights != NO_WEIGHTS, place.ranked > 1
        # entry before seed: networks that tie must not mix their repeats
        return (
            run.dataset,
            run.protocol,
            *group,
            place.rank,
            place.entry,
            run.seed or 0,
            run.fold,
            run.beside,
            run.run != run.beside,
            run.run,
        )

    return tuple(sorted(runs, key=key))
