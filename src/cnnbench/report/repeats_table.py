"""The table of repeats: the mean over seeds, its spread, and an interval over seeds and test examples."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.leaderboard import table
from cnnbench.results import chance
from cnnbench.results.entries import Entry
from cnnbench.results.formatting import cell

COLUMNS = {
    "entry": "what the names of its runs share; the name of a run that is alone",
    **dict.fromkeys(("dataset", "architecture", "protocol", "source", "synthetic"), "as above"),
    "seeds": "those that count, with spaces between them",
    "folds": "those that count, with spaces between them; they test all examples between them",
    "n_test": "examples that all folds test together",
    "metric": "one of the metrics above",
    "mean": "over seeds, each with all its folds",
    "sd": "standard deviation, n - 1 in the denominator; empty for a run that is alone",
    "sd_over": "what it is over: `seeds`, or `folds` where there is one seed",
    "low": "the lower end of an interval that covers the choice of test examples and of seeds",
    "high": "its upper end",
    "badges": "beside the headline metric, as above: of the mean of repeats and of what all folds test",
}
"""The columns of repeats.csv, with their documentation."""


class Spread(NamedTuple):
    """A metric of an entry.

    Attributes:
        metric: Its name.
        measure: Mean over seeds, with an interval over seeds and test examples.
        deviation: Standard deviation; NaN for one run.
        over: What it is over: seeds, folds, or "".
    """

    metric: str
    measure: Estimate
    deviation: float
    over: str


class Gathered(NamedTuple):
    """An entry with its metrics.

    Attributes:
        entry: The runs.
        tested: How many examples all folds test together.
        idle: Runs that do not count, since their seed lacks folds that other seeds have or another run has the same.
        spreads: A line per metric.
        badges: See `chance.badges_of`.
    """

    entry: Entry
    tested: int
    idle: tuple[str, ...]
    spreads: tuple[Spread, ...]
    badges: str

    @property
    def repeated(self) -> bool:
        """Whether there is more than one run of it."""
        return len(self.entry.runs) > 1


def gather(entries: Iterable[Entry]) -> list[Gathered]:
    """The metrics of every entry: of one with repeats computed anew, of a single run as it was measured."""
    return [_repeated(entry) if len(entry.runs) > 1 else _single(entry) for entry in entries]


def csv_text(gathered: Iterable[Gathered]) -> str:
    """repeats.csv: a row per entry and metric; docs/leaderboard.md says what each column holds."""
    return table(COLUMNS, (line for one in gathered for line in _lines(one)))


def _repeated(entry: Entry) -> Gathered:
    counted = {result.run for result in entry.results}
    spreads = []
    for metric in entry.metrics:
        deviation = entry.deviation(metric)
        spreads.append(Spread(metric, entry.estimate(metric), deviation.value, deviation.over))
    idle = tuple(run for run in entry.runs if run not in counted)
    # Any of the predictions: every seed tests the same examples.
    return Gathered(entry, len(entry.predictions[0]), idle, tuple(spreads), chance.badges_of(entry))


def _single(entry: Entry) -> Gathered:
    result = entry.record
    spreads = tuple(Spread(name, result.metrics[name], math.nan, "") for name in lookup.sort_names(result.metrics))
    return Gathered(entry, result.examples["test"], (), spreads, chance.badges_of(entry))


def _lines(one: Gathered) -> Iterator[list[str]]:
    entry, record = one.entry, one.entry.record
    synthetic = str(record.synthetic).lower()
    about = [entry.name, record.dataset, record.architecture, record.protocol, record.source, synthetic]
    about += [" ".join(map(str, entry.seeds)), " ".join(map(str, entry.folds)), str(one.tested)]
    for metric, measure, deviation, over in one.spreads:
        badges = one.badges if metric == entry.headline else ""
        spread = [*map(cell, (measure.value, deviation)), over, *map(cell, (measure.low, measure.high))]
        yield [*about, metric, *spread, badges]


def describe_repeats(one: Gathered) -> str:
    """The numbers of seeds, folds and test examples, in words."""
    seeds, folds = len(one.entry.seeds), len(one.entry.folds)
    trained = f"{seeds} {'seed' if seeds == 1 else 'seeds'} × {folds} {'fold' if folds == 1 else 'folds'}"
    return f"{trained}, {one.tested:,} test examples"
