"""The gate: are the metrics of reports/metrics.json within the thresholds of params.yaml, and does no split leak?

It is no stage of the pipeline, since a stage that fails loses the experiment.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from cnnbench.core.errors import UserError
from cnnbench.data import leakage
from cnnbench.data.leakage import Audit
from cnnbench.data.leakage_text import note, verdict
from cnnbench.metrics import lookup
from cnnbench.results import chance
from cnnbench.results.reading import AGAIN, Metrics, json_file

if TYPE_CHECKING:
    from cnnbench.config import Bound


@dataclass(frozen=True)
class Verdict:
    """The outcome of one threshold.

    Attributes:
        run, metric: Of the threshold.
        value: The metric's value or an end of its interval; None where it was not measured.
        bound: The floor, the ceiling, or the stored figure.
        margin: How far the value lies within the bound, in the metric's unit; negative where it is missed.
        ok: Whether the bound is met. A value equal to the bound meets it.
        reason: Why there is no value; empty where there is one.
        positive: Of two classes, the one that sensitivity and the like are about.
        badges: Of the run, see `chance.badges`.
    """

    run: str
    metric: str
    value: float | None
    bound: Bound
    margin: float | None
    ok: bool
    reason: str
    positive: str = ""
    badges: str = ""

    @property
    def label(self) -> str:
        """The metric's name, with the positive class where it speaks of one."""
        return lookup.name_class(self.metric, self.positive)

    @property
    def limit(self) -> str:
        """The bound in signs, as ≥ 0.9, low ≥ 0.9 for the lower end of the interval, or ≥ 0.95 - 0.01."""
        floor, bound = _is_floor(self.bound, self.metric), self.bound
        end = "" if bound.of == "value" else f"{bound.of} "
        room = f" {'-' if floor else '+'} {bound.tolerance:g}" if bound.tolerance else ""
        return f"{end}{'≥' if floor else '≤'} {bound.value:g}{room}"

    @property
    def word(self) -> str:
        """The verdict in a word."""
        return "met" if self.ok else "missed" if self.value is not None else "absent"

    @property
    def words(self) -> str:
        """The verdict with the run's badges."""
        return ", ".join(filter(None, (self.word, self.badges)))

    @property
    def sign(self) -> Literal["good", "hollow", "bad"]:
        """For a colour: hollow is what is met by a run that a constant answer equals."""
        return ("hollow" if chance.is_hollow(self.badges) else "good") if self.ok else "bad"


def judge(
    metrics: Metrics,
    thresholds: Mapping[str, Mapping[str, Bound]],
    classes: Mapping[str, str] = MappingProxyType({}),
    badges: Mapping[str, str] = MappingProxyType({}),
) -> list[Verdict]:
    """Compares the metrics with every threshold, in the order of `thresholds`.

    Args:
        metrics: By run and name.
        thresholds: By run and metric.
        classes: The positive class by run, where it has one.
        badges: By run, where it has some.

    Returns:
        One per threshold. It is missed, with a reason, where the run or metric is absent or not defined.
    """
    return [
        replace(_judge(metrics, run, metric, bound), positive=classes.get(run, ""), badges=badges.get(run, ""))
        for run, bounds in thresholds.items()
        for metric, bound in bounds.items()
    ]


def summarize(verdicts: list[Verdict]) -> str:
    """How many thresholds are met, in words."""
    if not verdicts:
        return "no thresholds set"
    met = sum(verdict.ok for verdict in verdicts)
    noun = "threshold" if len(verdicts) == 1 else "thresholds"
    hollow = sum(verdict.sign == "hollow" for verdict in verdicts)
    by = f", {hollow} by {'a run that is' if hollow == 1 else 'runs that are'} not above chance" if hollow else ""
    return f"{met} of {len(verdicts)} {noun} met{by}"


def read_audits(path: Path) -> dict[str, Audit]:
    """Reads reports/leakage.json.

    Raises:
        UserError: It is missing, or is not {data set: audit} with one at least.
    """
    audits = json_file(path, dict[str, Audit])
    if not audits:
        raise UserError(f"Expected the audit of each data set's split in {path}, received none; {AGAIN}.")
    return audits


def read_splits(folder: Path, datasets: Collection[str]) -> dict[str, Audit]:
    """Reads the audits of the splits as they are now: a report may be older. Those that are not there are left out."""
    paths = {name: folder / f"{name}.leakage.json" for name in sorted(datasets)}
    return {name: json_file(path, Audit) for name, path in paths.items() if path.exists()}


def describe_leaks(audits: Mapping[str, Audit]) -> list[str]:
    """A line per data set whose split in use leaks: its name, and the counts."""
    return [f"{name}: {verdict(found)}" for name, found in audits.items() if found.used.leaks]


def describe_near(audits: Mapping[str, Audit]) -> list[str]:
    """A line per data set whose split does not leak but has near copies in more than one part."""
    return [f"{name}: {note(found)}" for name, found in audits.items() if leakage.state(found) == leakage.NEAR]


def reasons(verdicts: Sequence[Verdict]) -> list[str]:
    """Why some have no value, once where several metrics of a run share it."""
    return list(dict.fromkeys(verdict.reason for verdict in verdicts if verdict.reason))


def summarize_leaks(audits: Mapping[str, Audit]) -> str:
    """How many splits leak, and how many others have near copies across their parts, in words."""
    count, near = sum(found.used.leaks for found in audits.values()), len(describe_near(audits))
    noun = "split" if len(audits) == 1 else "splits"
    leaks = f"{count or 'none'} of {len(audits)} {noun} {'leaks' if count < 2 else 'leak'}"
    return f"{leaks}, {near} {'has' if near == 1 else 'have'} near copies across parts" if near else leaks


def _judge(metrics: Metrics, run: str, metric: str, bound: Bound) -> Verdict:
    reason = ""
    if metric not in lookup.names():
        reason = lookup.describe_unknown(metric)
    elif run not in metrics:
        reason = f"Expected a run among {', '.join(metrics) or 'none'}, received {run!r}."
    elif metric not in metrics[run]:
        reason = f"Expected a metric of {run} among {', '.join(metrics[run]) or 'none'}, received {metric!r}."
    elif not math.isfinite(getattr(metrics[run][metric], bound.of)):
        end = "" if bound.of == "value" else f"the {bound.of} end of the interval of "
        reason = f"Expected a number as {end}{metric} of {run}, received none: it is not defined there."
    if reason:
        return Verdict(run, metric, None, bound, None, False, reason)
    value = getattr(metrics[run][metric], bound.of)
    margin = _margin(value, bound, floor=_is_floor(bound, metric))
    return Verdict(run, metric, value, bound, margin, margin >= 0, "")


def _is_floor(bound: Bound, metric: str) -> bool:
    if bound.kind == "baseline":
        # An unknown name has no better direction; `_judge` gives the reason
        return not (metric in lookup.names() and lookup.find(metric).lower_is_better)
    return bound.kind == "min"


def _margin(value: float, bound: Bound, *, floor: bool) -> float:
    edge = bound.value - bound.tolerance if floor else bound.value + bound.tolerance
    margin = value - edge if floor else edge - value
    # In binary, 0.8 is worse than 0.7 by more than 0.1; in twelve digits it is not.
    return 0.0 if abs(margin) < 1e-12 * max(abs(value), abs(edge)) else margin
