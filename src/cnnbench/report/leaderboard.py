"""The benchmark's numbers for programs: one tidy table, and the metrics that thresholds bind."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cnnbench.core.csv_cells import guard
from cnnbench.core.files import json_text
from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.report.places import Place
from cnnbench.results import columns, current
from cnnbench.results.entries import Result
from cnnbench.results.line import Line
from cnnbench.results.reading import Metrics
from cnnbench.results.run_result import Tested


def metrics(results: Iterable[Tested]) -> Metrics:
    """Every metric of every run and of everything else that thresholds bind, in the order of the table of metrics."""
    return {run.run: {name: run.metrics[name] for name in lookup.sort_names(run.metrics)} for run in results}


def metrics_text(metrics: Metrics, classes: Mapping[str, str], badges: Mapping[str, str]) -> str:
    """The same as metrics.json holds it: {run: {metric: {"value", "low", "high"}}}, null where not defined.

    A metric on one of two classes also has "of", its name; the headline of a run with badges has these.

    Args:
        metrics: By run and name.
        classes: The positive class by run; empty where there is none.
        badges: By run; empty where there are none.
    """

    def measured(run: str, name: str, one: Estimate) -> dict[str, float | str]:
        positive = classes[run] if lookup.is_of_positive(name) else ""
        said = badges[run] if name == lookup.headline_of(metrics[run]) else ""
        return one._asdict() | ({"of": positive} if positive else {}) | ({"badges": said} if said else {})

    return json_text(
        {run: {name: measured(run, name, one) for name, one in found.items()} for run, found in metrics.items()}
    )


def csv_text(results: Sequence[Result], places: Mapping[str, Place]) -> str:
    """The leaderboard as CSV, a row each; docs/leaderboard.md says what each column holds.

    Args:
        results: In the order of the rows.
        places: Of each.
    """
    # Of all: a regression has other metrics than a classifier.
    names = lookup.sort_names({name for result in results for name in result.metrics})
    lines = (line(result, places[result.run]) for result in results)
    return table(columns.csv_header(names), (columns.csv_cells(one, names) for one in lines))


def line(result: Result, place: Place) -> Line:
    """A result's line of the leaderboards."""
    return current.line_of(result, {name: value for name, value in place._asdict().items() if name != "entry"})


def table(header: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    """CSV with Unix line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")  # csv's own default is \r\n
    writer.writerow(header)
    writer.writerows([guard(str(cell)) for cell in line] for line in lines)
    return text.getvalue()
