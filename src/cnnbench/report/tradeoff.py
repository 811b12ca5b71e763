"""Accuracy against cost: where each network lies in a scatter plot, its label in a column at the right.

The axis of costs is logarithmic; the page's script moves the same dots along it when costs.js has other costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.report.repeats_table import Gathered
from cnnbench.report.scales import Scale, axis
from cnnbench.results.formatting import operations
from cnnbench.results.run_result import RunResult

_HEIGHT, _ROW = 240, 17  # pixels: of the plot at least, and between two labels


class Tick(NamedTuple):
    """A mark on an axis: per cent of the width from the left, or pixels from the top."""

    at: float
    label: str


class Dot(NamedTuple):
    """A network on a data set.

    Attributes:
        entry: The name of the run and its repeats together.
        runs: Their names.
        result: Of the first of them.
        measure: The headline metric.
        costs: By `Axis.key`, those that are known.
        y, low, high: Of the measure and of its interval, in pixels from the top.
        label_y: Of the label.
    """

    entry: str
    runs: tuple[str, ...]
    result: RunResult
    measure: Estimate
    costs: Mapping[str, int]
    y: float
    low: float
    high: float
    label_y: float


@dataclass(frozen=True)
class Axis:
    """A cost along the horizontal axis.

    Attributes:
        key: The field of a result.
        title: In words, with the unit.
        ticks: Powers of ten.
        x: Of each dot that has the cost, by its entry, in per cent.
    """

    key: str
    title: str
    ticks: tuple[Tick, ...]
    x: Mapping[str, float]


@dataclass(frozen=True)
class Tradeoff:
    """One plot: the entries whose headline metrics share an axis.

    Attributes:
        scale: The leaderboard of the same runs.
        height: Of the plot in pixels.
        ticks: Of the metric.
        dots: The topmost first.
        axes: The costs that can be chosen.
    """

    scale: Scale
    height: int
    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    axes: tuple[Axis, ...]


def tradeoffs(scales: Iterable[Scale], gathered: Iterable[Gathered]) -> Iterator[Tradeoff]:
    """Yields a plot for each leaderboard on which two entries or more can be drawn."""
    gathered = list(gathered)  # every leaderboard reads it; an iterator would be empty by the second
    for scale in scales:
        # A baseline has no cost, and an ensemble as many times that of its members as there are
        results = {result.run: result for result in scale.runs if isinstance(result, RunResult)}
        measures = {
            one.entry.name: next(spread.measure for spread in one.spreads if spread.metric == scale.metric)
            for one in gathered
            if one.entry.runs[0] in results
        }
        drawn = [one for one in gathered if math.isfinite(measures.get(one.entry.name, UNDEFINED).value)]
        if len(drawn) > 1:
            entries = {one.entry.name: one.entry.runs for one in drawn}
            yield _tradeoff(scale, entries, measures, results)


def _tradeoff(
    scale: Scale,
    entries: Mapping[str, tuple[str, ...]],
    measures: Mapping[str, Estimate],
    results: Mapping[str, RunResult],
) -> Tradeoff:
    height = max(_HEIGHT, _ROW * len(entries))
    # An end that is not known falls on the value, so that the dot is drawn all the same.
    ends = {name: [end if math.isfinite(end) else measures[name].value for end in measures[name]] for name in entries}
    bottom, top = axis(scale.metric, (Estimate(*values) for values in ends.values()))
    bottom, step = _axis_start(bottom, top, min(min(values) for values in ends.values()))

    def y(value: float) -> float:
        return round(height * (top - value) / (top - bottom), 1)

    names = sorted(entries, key=lambda name: (y(ends[name][0]), name))
    rows = _spread_labels([y(ends[name][0]) for name in names], height)
    dots = []
    for name, row in zip(names, rows, strict=True):
        first = results[entries[name][0]]  # repeats are one network at one cost
        costs = {"flops": first.flops, "parameters": first.parameters}
        known = {key: cost for key, cost in costs.items() if cost}  # 0 has no place on a logarithmic axis
        value, low, high = map(y, ends[name])
        dots.append(Dot(name, entries[name], first, measures[name], known, value, low, high, row))
    count = round((top - bottom) / step)
    ticks = tuple(Tick(y(bottom + step * index), f"{bottom + step * index:g}") for index in range(count + 1))
    titles = {"flops": ("Operations per example", operations), "parameters": ("Parameters", _count)}
    axes = (_axis(key, *titles[key], dots) for key in titles)
    return Tradeoff(scale, height, ticks, tuple(dots), tuple(axis for axis in axes if axis))


def _axis_start(bottom: float, top: float, lowest: float) -> tuple[float, float]:
    """The start of the axis, near the lowest value for one from 0 to 1, and the step of its ticks."""
    if (bottom, top) != (0.0, 1.0):
        return bottom, (top - bottom) / 4
    # 1e-9, since the product may miss a whole number; 0.9, since an axis needs a length.
    bottom = min(math.floor(10 * lowest + 1e-9) / 10, 0.9)
    # From an odd tenth, steps of 0.2 would miss 1.
    return bottom, 0.1 if bottom >= 0.5 else 0.2 if round(10 * bottom) % 2 == 0 else (1 - bottom) / 4


def _spread_labels(wanted: list[float], height: float) -> list[float]:
    """Places for labels near the wanted ones, from the top, that do not overlap and stay within the plot."""
    rows: list[float] = []
    for place in wanted:
        rows.append(max(place, rows[-1] + _ROW if rows else 0.0))
    limit = height
    # The last ones may hang out below by now: upwards again.
    for index in reversed(range(len(rows))):
        rows[index] = min(rows[index], limit)
        limit = rows[index] - _ROW
    return [round(row, 1) for row in rows]


def _axis(key: str, title: str, label: Callable[[int], str], dots: list[Dot]) -> Axis | None:
    costs = {dot.entry: dot.costs[key] for dot in dots if key in dot.costs}
    if not costs:
        return None
    low = math.floor(math.log10(min(costs.values())))
    # An axis of one power of ten would have no length.
    high = max(math.ceil(math.log10(max(costs.values()))), low + 1)
    x = {name: round(100 * (math.log10(cost) - low) / (high - low), 2) for name, cost in costs.items()}
    ticks = (Tick(round(100 * (power - low) / (high - low), 2), label(10**power)) for power in range(low, high + 1))
    return Axis(key, title, tuple(ticks), x)


def _count(number: int) -> str:
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:g} {unit}"
    return str(number)
