"""index.html: the report as one file that opens from disk, without a network and without scripts."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup, escape

from cnnbench import audit, check
from cnnbench.audit import Audit
from cnnbench.check import Verdict
from cnnbench.params import PARTS
from cnnbench.reporting import captions, leakage, text
from cnnbench.reporting.results import Measure, Picture, Result

_HERE = Path(__file__).parent


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
        runs: By data set, the best first.
    """

    metric: str
    better: str
    unit: str
    top: float
    runs: tuple[Result, ...]

    def bar(self, result: Result) -> Bar | None:
        """Where the result lies on the axis; None where it is not defined."""
        measure = result.metrics[self.metric]
        if not all(map(math.isfinite, measure)):
            return None
        values = (*measure, result.commonest_share if result.is_classification else 0.0)
        return Bar(*(round(100 * min(max(value / self.top, 0.0), 1.0), 2) for value in values))


class Knob(NamedTuple):
    """A line of a recipe: as run and as published; None where one has no such knob."""

    name: str
    used: str | None
    published: str | None


def render(results: list[Result], verdicts: list[Verdict], audits: Mapping[str, Audit]) -> str:
    """The report as one HTML page, styles and pictures in it, everything from the data escaped.

    Args:
        results: Of every run.
        verdicts: On every threshold.
        audits: Of every data set's split.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "estimate": text.estimate,
        "decimal": text.decimal,
        "interval": text.interval,
        "label": text.label,
        "shape": text.shape,
        "slug": _slug,
        "breakable": _breakable,
        "data_uri": _data_uri,
    }
    environment.globals |= {
        "PARTS": PARTS,
        "ABSENT": text.ABSENT,
        "caption": captions.caption,
        "recipe": _recipe,
        "published": text.published,
        "named": text.named,
        "figures": _figures,
        "metrics": _metrics,
        "counts": _counts,
        "audit": audit,
        "leakage": leakage,
    }
    datasets = {name: [run for run in results if run.dataset == name] for name in sorted({r.dataset for r in results})}
    return environment.get_template("report.html.j2").render(
        # The style sheet is ours; nothing else is taken as it stands.
        style=Markup((_HERE / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        results=results,
        scales=list(_scales(results)),
        datasets=datasets,
        verdicts=verdicts,
        audits=audits,
        leaking=sum(found.used.leaks for found in audits.values()),
        verdicts_summary=check.summary(verdicts),
        synthetic=sum(result.synthetic for result in results),
        profiles=sorted({result.profile for result in results}),
    )


def _scales(results: list[Result]) -> Iterator[Scale]:
    classifications = [result for result in results if result.is_classification]
    if classifications:
        ordered = sorted(classifications, key=lambda r: (r.dataset, _rank(-r.metrics["accuracy"].value), r.run))
        yield Scale("accuracy", "higher", "", 1.0, tuple(ordered))
    for unit in sorted({result.unit for result in results if not result.is_classification}):
        runs = [result for result in results if not result.is_classification and result.unit == unit]
        ordered = sorted(runs, key=lambda r: (r.dataset, _rank(r.metrics["rmse"].value), r.run))
        yield Scale("rmse", "lower", unit, _round_up([run.metrics["rmse"] for run in runs]), tuple(ordered))


def _rank(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _round_up(measures: list[Measure]) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, at or above everything that is shown on it."""
    highest = max((value for measure in measures for value in measure if math.isfinite(value)), default=1.0)
    power: float = 10.0 ** math.floor(math.log10(highest)) if highest > 0 else 1.0
    return next(step * power for step in (1, 2, 5, 10) if step * power >= highest)


def _recipe(result: Result) -> list[Knob]:
    """Recipe as run and as published, side by side."""
    used, published = dict(text.flat(result.recipe)), dict(text.flat(result.published_recipe))
    return [Knob(name, used.get(name), published.get(name)) for name in dict.fromkeys([*used, *published])]


def _figures(result: Result) -> list[tuple[str, Picture]]:
    return [(name, result.pictures[name]) for name in captions.ORDER if name in result.pictures]


def _metrics(result: Result) -> list[tuple[str, Measure]]:
    return sorted(result.metrics.items(), key=lambda item: text.metric_order(item[0]))


def _counts(runs: list[Result]) -> list[tuple[list[int], Result]]:
    """The different ways in which a data set's runs divide it, each with its folds and a run that shows it."""
    found: dict[str, tuple[list[int], Result]] = {}
    for run in runs:
        folds, _ = found.setdefault(_key(run.examples, run.counts), ([], run))
        if run.fold not in folds:
            folds.append(run.fold)
    return list(found.values())


def _key(*parts: Mapping[str, object]) -> str:
    return repr(parts)


def _breakable(name: str) -> Markup:
    """A name, escaped, that may be broken after an underscore or a dot."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped on this line


def _slug(name: str) -> str:
    """A name as an anchor."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def _data_uri(path: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
