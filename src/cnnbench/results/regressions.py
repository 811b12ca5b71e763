"""Regressions: the runs that got worse since an earlier state, beyond noise.

With the predictions of both states on the same test examples, repeats are compared together, by the tests of
`comparing`: McNemar's, DeLong's, or a bootstrap of test groups and seeds, Holm-adjusted over all. With figures alone, a
run is worse where the difference is beyond the root of the sum of the squared half-widths of both intervals, each on
the side of the other (G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Stat. Med.
27, 2008). It makes no allowance for the number of figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from cnnbench.core.errors import UserError
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.significance import pairs
from cnnbench.results import comparing, entries, run_result
from cnnbench.results.earlier import Earlier
from cnnbench.results.entries import Entry
from cnnbench.results.formatting import figure
from cnnbench.results.reading import Metrics

FIGURES = "intervals of both"


@dataclass(frozen=True)
class Change:
    """One metric of one run, or of its repeats together, then and now.

    Attributes:
        run: Its name; of repeats, what their names share.
        metric: Its name.
        before, now: The values; NaN where they were not compared.
        difference: Now minus before, with its 95 % interval.
        test: Its name, for people.
        p: Of no difference, Holm-adjusted over all changes; NaN where there is no test, as with figures alone.
        reason: Why they were not compared; empty where they were.
        positive: Of two classes, the one that sensitivity and the like are about.
    """

    run: str
    metric: str
    before: float
    now: float
    difference: Estimate
    test: str
    p: float
    reason: str = ""
    positive: str = ""

    @property
    def label(self) -> str:
        """The metric's name, with the positive class where it speaks of one."""
        return lookup.name_class(self.metric, self.positive)

    @property
    def word(self) -> str:
        """The verdict: worse, better, the same, cannot be told apart, not compared."""
        if self.reason:
            return "not compared"
        if self.difference.value == 0:
            return "the same"
        p = self.p
        if self.test == FIGURES:
            p = 0.0 if self.difference.low > 0 or self.difference.high < 0 else 1.0
        verdict = comparing.verdict("now", "before", self.metric, self.difference.value, p)
        return {"now is better": "better", "before is better": "worse"}.get(verdict, verdict)

    @property
    def sentence(self) -> str:
        """The verdict with its figures."""
        figures = f"{figure(self.metric, self.before)} before, {figure(self.metric, self.now)} now"
        value, low, high = (figure(self.metric, end, sign="+") for end in self.difference)
        interval = f"difference {value}, 95 % interval {low} to {high}"
        p = "" if math.isnan(self.p) else f", Holm p {self.p:.2g}"
        return f"{self.label} of {self.run} is {self.word}: {figures}; {interval}; {self.test}{p}."

    @property
    def regressed(self) -> bool:
        """Whether it got worse, beyond noise."""
        return self.word == "worse"


@dataclass(frozen=True)
class Since:
    """The changes since an earlier state.

    Attributes:
        against: The state, as the user named it.
        changes: The headline metric of each run and those that its thresholds bind.
        new: Runs that were not there.
        gone: Runs that no longer are.
    """

    against: str
    changes: tuple[Change, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def summary(self) -> str:
        """How many got worse, in words."""
        compared = [change for change in self.changes if not change.reason]
        noun = "figure" if len(compared) == 1 else "figures"
        worse = sum(change.regressed for change in compared)
        return f"{worse or 'none'} of {len(compared)} {noun} worse since {self.against}"

    @property
    def notes(self) -> list[str]:
        """A line per run that is new or gone, and per figure that was not compared."""
        lines = [f"{run}: new since {self.against}." for run in self.new]
        lines += [f"{run}: gone since {self.against}." for run in self.gone]
        return lines + [f"{change.run}, {change.label}: {change.reason}" for change in self.changes if change.reason]


def compare(
    earlier: Earlier,
    metrics: Metrics,
    runs: Path,
    thresholds: Mapping[str, Mapping[str, object]],
    classes: Mapping[str, str] = MappingProxyType({}),
) -> Since:
    """Compares what is measured now with an earlier state.

    Args:
        earlier: The state.
        metrics: The present ones.
        runs: The folder of the present runs; read only where the earlier state has predictions.
        thresholds: By run and metric: those are compared beside the headlines.
        classes: The positive class by run, where it has one.

    Raises:
        UserError: A file cannot be read, or nothing can be compared.
    """
    common = [run for run in metrics if run in earlier.metrics]
    predicted = [run for run in common if run in earlier.predicted]
    # Without a run in common `load` would raise an error of its own
    both = entries.load(runs, predicted) if predicted else []
    found = [change for entry in both for change in _compare_predictions(entry, earlier, metrics, thresholds)]
    for run in common:
        if run not in predicted:
            # Without predictions repeats cannot be put together, so each run is compared alone
            found += [
                _compare_figures(run, name, earlier, metrics) for name in _select_metrics([run], metrics, thresholds)
            ]
    # True for no change at all, too
    if all(change.reason for change in found):
        why = found[0].reason if found else "they have no run in common."
        raise UserError(f"Expected results that can be compared with {earlier.name}, received none: {why}")
    adjusted = pairs.holm([change.p for change in found])
    positive = dict(classes) | {entry.name: classes.get(entry.runs[0], "") for entry in both}
    changes = tuple(
        replace(change, p=p, positive=positive.get(change.run, "")) for change, p in zip(found, adjusted, strict=True)
    )
    new = tuple(run for run in metrics if run not in earlier.metrics)
    return Since(earlier.name, changes, new, tuple(run for run in earlier.metrics if run not in metrics))


def _compare_predictions(
    entry: Entry,
    earlier: Earlier,
    metrics: Metrics,
    thresholds: Mapping[str, Mapping[str, object]],
) -> Iterator[Change]:
    """The changes of repeats, by the predictions of both states."""
    before = entries.gather(f"{entry.name} at {earlier.name}", run_result.load(earlier.folder, entry.runs))
    names = _select_metrics(entry.runs, metrics, thresholds)
    refusal = comparing.refusal(entry, before)
    for name in names:
        if refusal:
            yield _skip(entry.name, name, refusal)
        elif name in entry.metrics and name in before.metrics:
            (found,) = comparing.compare(entry, before, [name])
            values = before.draws(name).mean, entry.draws(name).mean
            yield Change(entry.name, name, *values, found.difference, found.test, found.p)
        else:
            yield from (_compare_figures(run, name, earlier, metrics) for run in entry.runs)


def _compare_figures(run: str, metric: str, earlier: Earlier, metrics: Metrics) -> Change:
    """The change of a run, by two figures and their intervals."""
    found = []
    for when, measures in ((f"at {earlier.name}", earlier.metrics[run]), ("now", metrics[run])):
        if metric not in measures:
            return _skip(run, metric, f"not measured {when}.")
        if not all(map(math.isfinite, measures[metric])):
            return _skip(run, metric, f"no figure with an interval {when}.")
        found.append(measures[metric])
    before, now = found
    # It takes the test sets as independent: where they are the same it is too wide
    below = math.hypot(now.value - now.low, before.high - before.value)
    above = math.hypot(now.high - now.value, before.value - before.low)
    value = now.value - before.value
    difference = Estimate(value, value - below, value + above)
    return Change(run, metric, before.value, now.value, difference, FIGURES, math.nan)


def _select_metrics(
    runs: tuple[str, ...] | list[str],
    metrics: Metrics,
    thresholds: Mapping[str, Mapping[str, object]],
) -> list[str]:
    """The headline, and the metrics with thresholds."""
    headlines = [lookup.headline_of(metrics[run]) for run in runs if metrics[run]]
    bound = [name for run in runs for name in thresholds.get(run, ())]
    # Not a set, which has no order
    return list(dict.fromkeys(headlines + bound))


def _skip(run: str, metric: str, reason: str) -> Change:
    return Change(run, metric, math.nan, math.nan, UNDEFINED, "", math.nan, reason)
