"""Comparisons of entries: which are allowed, the tests of a difference, and the ranking."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple, get_args

import numpy as np

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.significance import pairs, ties
from cnnbench.metrics.significance.ties import LEVEL, Standing
from cnnbench.results import formatting
from cnnbench.results.entries import Entry
from cnnbench.results.line import Kind

DRAWS = 5000  # of the headline's bootstrap, where no test is closed: p goes down to 0.0004, which Holm may multiply
COLUMNS = {
    "dataset": "that both were tested on",
    "first": "a network, as `entry` above, or an ensemble",
    "second": "another network, one of the ensemble's members, or a baseline",
    "metric": "one of the metrics above",
    "difference": "first minus second",
    "low": "the lower end of its interval",
    "high": "its upper end",
    "test": "what `p` comes from",
    "p": "the chance of a difference at least as large where there is none",
    "p_holm": "the same, adjusted for all pairs of the data set and of this kind (networks; networks and baselines; "
    "ensembles and their members; ensembles) on this metric (Holm 1979)",
}
"""The columns of comparisons.csv, with their documentation."""

_BOOTSTRAP, _TWO_WAY = "paired bootstrap", "paired bootstrap over examples and seeds"
_ALIKE = {
    "dataset": "data set",
    "task": "task",
    "synthetic": "",
    "classes": "list of classes",
    "protocol": "split protocol",
    "profile": "profile",
    "source": "source of the data set",
}


class Comparison(NamedTuple):
    """Two entries on one metric.

    Attributes:
        metric: Its name.
        difference: First minus second, with its 95 % interval.
        test: Its name, for people.
        p: Of no difference, two-sided; NaN where it is not defined.
    """

    metric: str
    difference: Estimate
    test: str
    p: float


class Pair(NamedTuple):
    """One metric of two entries: a row of comparisons.csv; `COLUMNS` says what each field holds."""

    dataset: str
    first: str
    second: str
    metric: str
    difference: float
    low: float
    high: float
    test: str
    p: float
    p_holm: float

    @property
    def estimate(self) -> Estimate:
        """The difference with its interval."""
        return Estimate(self.difference, self.low, self.high)

    @property
    def verdict(self) -> str:
        """See `verdict`."""
        return verdict(self.first, self.second, self.metric, self.difference, self.p_holm)

    @property
    def sentence(self) -> str:
        """The verdict with its figures; the difference is that of the network named first minus the other's."""
        conclusion, difference = f"{self.first} and {self.second} {self.verdict}", self.estimate
        if self.verdict == f"{self.first} is better":
            conclusion = f"{self.first} is better than {self.second}"
        elif self.verdict == f"{self.second} is better":
            conclusion = f"{self.second} is better than {self.first}"
            difference = Estimate(-self.difference, -self.high, -self.low)
        figures = f"{formatting.signed(difference)}, {self.test}, {formatting.p_value(self.p_holm)} after Holm"
        return f"{conclusion} in {lookup.label(self.metric)}: {figures}."


def refusal(first: Entry, second: Entry) -> str | None:
    """Why two entries cannot be compared, in one line; None where they can.

    Raises:
        UserError: The predictions of one cannot be read.
    """
    both = f"{first.name} and {second.name}"
    for attribute, name in _ALIKE.items():
        one, other = getattr(first.record, attribute), getattr(second.record, attribute)
        if one == other:
            continue
        if attribute == "synthetic":
            synthetic, real = (first, second) if first.record.synthetic else (second, first)
            return (
                f"Expected both of {both} on real data or both on synthetic, received {synthetic.name} on synthetic "
                f"images and {real.name} on real data: one says nothing of the other."
            )
        received = "other classes" if attribute == "classes" else f"{one} and {other}"
        return f"Expected one {name} for {both}, received {received}: their difference would be one of data."
    # Last, since predictions are slow to read; all seeds of an entry have the same examples
    one, other = first.predictions[0], second.predictions[0]
    if not one["id"].equals(other["id"]):
        shared = len(set(one["id"]) & set(other["id"]))
        return (
            f"Expected the same test examples for {both}, received {len(one):,} and {len(other):,}, {shared:,} of "
            "them shared; give both the same split, fold and number of examples."
        )
    for column in ("label", "group"):
        if not one[column].equals(other[column]):
            return f"Expected the same {column} of each test example for {both}, received others: the data set changed."
    return None


def compare(first: Entry, second: Entry, metrics: Sequence[str] | None = None) -> list[Comparison]:
    """The difference between two entries with the same test examples, on each metric that both have.

    The metric's own test where it has one, both have one seed (in common) and each test example is its own group:
    McNemar's mid-p for accuracy, DeLong's for the area under the ROC curve of two classes. Else a bootstrap of test
    groups, and of seeds where there are several: those in common, all where there is none.

    Args:
        first: An entry.
        second: Another; `refusal` of the two is None.
        metrics: Names; None for all.
    """
    names = [name for name in first.metrics if name in second.metrics and (metrics is None or name in metrics)]
    return [Comparison(name, *_test(first, second, name)) for name in names]


def standings(entries: Sequence[Entry]) -> dict[str, Standing]:
    """The place of each of several entries that may be compared, by their headline metric; by name.

    Two are told apart where Holm-adjusted p over all pairs is below 5 %.
    """
    if len(entries) < 2:
        return {entry.name: Standing(1, 1, 1, "a") for entry in entries}
    headline = entries[0].headline
    p = np.ones((len(entries), len(entries)))
    both = list(itertools.combinations(range(len(entries)), 2))
    found = [_test(entries[i], entries[j], headline).p for i, j in both]
    for (i, j), adjusted in zip(both, pairs.holm(found), strict=True):
        p[i, j] = p[j, i] = adjusted
    sign = -1 if lookup.find(headline).lower_is_better else 1
    # A place is for the highest score, so an error is turned round
    scores = [sign * entry.draws(headline).mean for entry in entries]
    return dict(zip((entry.name for entry in entries), ties.standings(scores, p), strict=True))


def comparable(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Gathers entries into sets within which all may be compared, in the order given; some have one member."""
    sets: list[list[Entry]] = []
    for entry in entries:
        # One member speaks for all: what `refusal` compares is equal within a set
        fitting = next((members for members in sets if refusal(members[0], entry) is None), None)
        if fitting is None:
            sets.append([entry])
        else:
            fitting.append(entry)
    return sets


def compare_all(sets: Iterable[Sequence[Entry]]) -> list[Pair]:
    """Every two entries of each set on every metric that both have, as `compare_families` does each set."""
    return compare_families(pair_up(entries) for entries in sets)


def pair_up(entries: Iterable[Entry]) -> list[tuple[Entry, Entry]]:
    """Every two entries: an ensemble before a network, and that before a baseline; of one kind by name."""
    order = get_args(Kind)[::-1]
    ordered = sorted(entries, key=lambda entry: (order.index(entry.record.kind), entry.name))
    return list(itertools.combinations(ordered, 2))


def compare_families(
    families: Iterable[Sequence[tuple[Entry, Entry]]], metrics: Sequence[str] | None = None
) -> list[Pair]:
    """Compares pairs of entries on every metric that both have; p_holm is over the pairs of one family and metric.

    Args:
        families: Of pairs that may be compared.
        metrics: Names; None for all.

    Returns:
        Sorted by data set, first, second and the order of the metrics.
    """
    found: list[Pair] = []
    for both in families:
        compared = [compare(first, second, metrics) for first, second in both]
        for metric in dict.fromkeys(one.metric for of_pair in compared for one in of_pair):
            tested = [
                (first, second, one)
                for (first, second), all_metrics in zip(both, compared, strict=True)
                for one in all_metrics
                if one.metric == metric
            ]
            adjusted = pairs.holm([one.p for _, _, one in tested])
            found += [
                Pair(first.record.dataset, first.name, second.name, metric, *one.difference, one.test, one.p, p_holm)
                for (first, second, one), p_holm in zip(tested, adjusted, strict=True)
            ]
    order = lookup.names()
    return sorted(found, key=lambda pair: (*pair[:3], order.index(pair.metric)))


def verdict(first: str, second: str, metric: str, difference: float, p: float) -> str:
    """The verdict on two entries by their names: "cannot be told apart" or "X is better".

    Args:
        first: A name.
        second: Another.
        metric: The metric's name.
        difference: First minus second.
        p: Holm-adjusted; NaN where there is no test.
    """
    # Not p >= LEVEL, which is false for NaN: without a test there is no verdict
    if not p < LEVEL or difference == 0:
        return "cannot be told apart"
    ahead = (difference < 0) == lookup.find(metric).lower_is_better
    return f"{first if ahead else second} is better"


def _test(first: Entry, second: Entry, metric: str) -> pairs.Tested:
    common = [seed for seed in first.seeds if seed in second.seeds]
    # A seed in common gives pairs, whose shared part of the variation cancels
    seeds = (common, common) if common else (first.seeds, second.seeds)
    one, other = (entry.measured[entry.seeds.index(of[0])] for entry, of in zip((first, second), seeds, strict=True))
    alone = max(map(len, seeds)) == 1 and one.ungrouped
    test = lookup.find(metric).test
    # The closed tests take examples as independent, and one training as all there is
    if test and alone and one.finite and other.finite and (tested := test(one, other)):
        return tested
    draws = DRAWS if metric == first.headline else 1000
    drawn, other_drawn = (entry.draws(metric, of, draws) for entry, of in zip((first, second), seeds, strict=True))
    difference = repeated.difference(drawn, other_drawn, paired=bool(common))
    name = _TWO_WAY if max(map(len, seeds)) > 1 else _BOOTSTRAP
    return pairs.Tested(difference, name, repeated.p_value(drawn, other_drawn, paired=bool(common)))
