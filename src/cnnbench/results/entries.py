"""Entries: runs that differ in seed and fold alone are repeats of one entry.

Seeds show how much the initial weights and the order of the examples matter; the folds of one seed test all examples
between them, and count as one test set.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.intervals.proportions import below_one, fewest_groups
from cnnbench.metrics.predictions import Predictions
from cnnbench.results import run_result
from cnnbench.results.baseline_result import BaselineResult
from cnnbench.results.brought_result import BroughtResult
from cnnbench.results.ensemble_result import EnsembleResult
from cnnbench.results.external_result import ExternalResult
from cnnbench.results.run_result import RunResult

if TYPE_CHECKING:
    import pandas as pd

Result = RunResult | BaselineResult | BroughtResult | EnsembleResult | ExternalResult
"""What may stand on a leaderboard."""
_Key = tuple[str, tuple[int | None, ...], int]


class Deviation(NamedTuple):
    """A standard deviation (n - 1 in the denominator), and over what: seeds, folds, or "" where there is one run."""

    value: float
    over: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Entry:
    """Repeats of one training on one data set.

    Attributes:
        name: The run's own where it is alone, else what the names of the runs share.
        runs: The names of all runs, sorted.
        results: Those that count: of each seed with all folds one per fold, sorted by seed, then fold.
        seeds, folds: Those that count, sorted; the one seed of what has none is None.
    """

    name: str
    runs: tuple[str, ...]
    results: tuple[Result, ...]
    seeds: tuple[int | None, ...]
    folds: tuple[int, ...]
    # Not functools.cache, which would keep every entry in memory
    _cache: dict[tuple[str, tuple[int | None, ...], int], repeated.Draws] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def record(self) -> Result:
        """The first run that counts; all share the identity of the training."""
        return self.results[0]

    @property
    def headline(self) -> str:
        """The one metric that stands for the entry."""
        return self.record.headline

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of those that the predictions give, the headline first."""
        return tuple(row.name for row in lookup.rows(len(self.record.classes), self._given) if row.statistic)

    @cached_property
    def predictions(self) -> tuple[pd.DataFrame, ...]:
        """A frame per seed, all folds, sorted by id: id, group, label, score_0.. or prediction, twin, threshold.

        Raises:
            UserError: A file is missing or damaged, two folds test the same example, or two seeds others.
        """
        import pandas as pd

        frames: list[pd.DataFrame] = []
        for seed in self.seeds:
            parts = [result.predictions for result in self.results if result.seed == seed]
            # By id, since folds come in any order and entries are compared row by row
            frame = pd.concat(parts, ignore_index=True).sort_values("id", ignore_index=True)
            if twice := int(frame["id"].duplicated().sum()):
                raise UserError(f"Expected each test example of {self.name} in one fold, received {twice} in several.")
            if frames and not frame["id"].equals(frames[0]["id"]):
                raise UserError(f"Expected the same test examples for every seed of {self.name}, received others.")
            frames.append(frame)
        return tuple(frames)

    @cached_property
    def measured(self) -> tuple[Predictions, ...]:
        """The predictions of each seed, for the metrics."""
        return tuple(self._as_predictions(frame) for frame in self.predictions)

    def draws(self, metric: str, seeds: Sequence[int | None] | None = None, count: int = 1000) -> repeated.Draws:
        """A metric over seeds and over draws of test groups; entries with the same test examples draw the same.

        Args:
            metric: One of `metrics`.
            seeds: A part of the entry's seeds; None for all.
            count: How many draws.
        """
        key = (metric, tuple(self.seeds if seeds is None else seeds), count)
        if key not in self._cache:
            self._cache[key] = self._draw(*key)
        return self._cache[key]

    def estimate(self, metric: str) -> Estimate:
        """The mean over seeds, with an interval over seeds and test groups that ends where the metric does."""
        value, low, high = repeated.estimate(self.draws(metric))
        row, first = lookup.find(metric), self.measured[0]
        if row.ends_at_one and first.classes and (value, low, high) == (1, 1, 1):
            # Draws without any variation would claim certainty
            return below_one(Estimate(value, low, high), fewest_groups(first.labels, first.groups))
        # The noise of the repeats knows no bounds, so an accuracy could end above 1
        return Estimate(value, max(low, row.lowest), min(high, row.highest))

    def deviation(self, metric: str) -> Deviation:
        """Over seeds, each with all its folds; of one seed over its folds."""
        if len(self.seeds) > 1:
            return Deviation(self.draws(metric).deviation, "seeds")
        if len(self.folds) == 1:
            return Deviation(math.nan, "")
        folds = [self._as_predictions(result.predictions) for result in self.results]
        if not all(fold.finite for fold in folds):
            return Deviation(math.nan, "folds")
        values = [lookup.find(metric).compute(np.ones((1, len(fold))), fold)[0] for fold in folds]
        return Deviation(float(np.std(values, ddof=1)), "folds")

    @property
    def _given(self) -> list[str]:
        """What all trainings come with: a threshold that validation data chose, and twins where one has any."""
        threshold = all(result.has_threshold for result in self.results)
        return ["threshold"] * threshold + ["twins"] * any(result.twins for result in self.results)

    def _draw(self, metric: str, seeds: Sequence[int | None], count: int) -> repeated.Draws:
        repeats = [self.measured[self.seeds.index(seed)] for seed in seeds]
        if not all(repeat.finite for repeat in repeats):  # a network that diverged has no metric
            return repeated.Draws(np.full(len(repeats), math.nan), np.full(count, math.nan))
        compute = lookup.find(metric).compute
        return repeated.bootstrap(compute, [(repeat,) for repeat in repeats], repeats[0].groups, draws=count)

    def _as_predictions(self, frame: pd.DataFrame) -> Predictions:
        groups, twin = frame["group"].to_numpy(), frame["twin"].to_numpy(bool) if "twins" in self._given else None
        if not self.record.classes:
            targets, predicted = (frame[name].to_numpy(np.float64) for name in ("label", "prediction"))
            return Predictions(targets, predicted, groups, twin=twin)
        scores = frame[[f"score_{index}" for index in range(len(self.record.classes))]].to_numpy(np.float64)
        threshold = frame["threshold"].to_numpy(np.float64) if "threshold" in self._given else None
        return Predictions(frame["label"].to_numpy(np.int64), scores, groups, threshold, twin=twin)


def load(folder: Path, names: Collection[str] | None = None) -> list[Entry]:
    """Gathers the runs of a folder into entries; see `run_result.load` and `group`."""
    return group(run_result.load(folder, names))


def group(results: Iterable[RunResult]) -> list[Entry]:
    """Gathers runs into entries, sorted by name: repeats have one identity, whatever else their records hold."""
    gathered: dict[object, list[RunResult]] = {}
    for result in results:
        gathered.setdefault(result.identity, []).append(result)
    kinds = [tuple(result.run for result in found) for found in gathered.values()]
    entries = [gather(_choose_name(runs, kinds), found) for runs, found in zip(kinds, gathered.values(), strict=True)]
    return sorted(entries, key=lambda entry: entry.name)


def alone(result: Result) -> Entry:
    """An entry of one result, which has no repeats."""
    return Entry(name=result.run, runs=(result.run,), results=(result,), seeds=(result.seed,), folds=(result.fold,))


def gather(name: str, results: Sequence[RunResult]) -> Entry:
    """Makes an entry of runs that are repeats of each other.

    A seed counts when it has all the folds of the seed that has most, for else repeats would differ in their test
    examples. Of two runs with the same seed and fold the first by name counts.
    """
    ordered = sorted(results, key=lambda result: result.run)
    by_seed: dict[int, dict[int, RunResult]] = {}
    for result in ordered:
        by_seed.setdefault(result.seed, {}).setdefault(result.fold, result)
    # Sorted, since max takes the first of equals: the lowest seed, whatever the order of the runs
    most = max(sorted(by_seed), key=lambda seed: len(by_seed[seed]))
    folds = sorted(by_seed[most])
    seeds = [seed for seed in sorted(by_seed) if sorted(by_seed[seed]) == folds]
    return Entry(
        name=name,
        runs=tuple(result.run for result in ordered),
        results=tuple(by_seed[seed][fold] for seed in seeds for fold in folds),
        seeds=tuple(seeds),
        folds=tuple(folds),
    )


def _choose_name(runs: Sequence[str], kinds: Sequence[Sequence[str]]) -> str:
    """What the names share, in whole words; the shortest where that is nothing or belongs to runs of another kind."""
    if len(runs) == 1:
        return runs[0]
    name, others = _common_words(runs), [other for other in kinds if other is not runs]
    taken = {run for other in others for run in other} | {_common_words(other) for other in others}
    return min(runs, key=lambda run: (len(run), run)) if not name or name in taken else name


def _common_words(runs: Sequence[str]) -> str:
    words = [re.findall(r"[-_.]?[^-_.]+", run) for run in runs]
    kept = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        kept.append(column[0])
    return "".join(kept)
