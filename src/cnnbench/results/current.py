"""The leaderboard of the last report, with the rows of newer results in place of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

from cnnbench.config import PARTS
from cnnbench.results import baseline_result, chance, external_result, line, staleness
from cnnbench.results.entries import Result
from cnnbench.results.line import Kind, Line
from cnnbench.results.reading import Metrics
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import FILE

_FIELDS = [field.name for field in fields(Line) if field.name in {*RunResult.model_fields, "kind"}]
"""What a line takes from a result as it is."""
_ALONE: dict[str, Any] = {"rank": 1, "rank_low": 1, "rank_high": 1, "tie_group": "", "ranked": 1}
# badges of an ensemble whose members were trained anew, and of a test on other data whose network was
_PASSED, _EARLIER = "made of older results", "of an earlier training"


def read(reports: Path) -> list[Line]:
    """The lines of leaderboard.csv in a report's folder; those that results beside it are newer than are these.

    Such a line has a badge and no rank, and the others of its data set have none, either: only a report ranks.

    Raises:
        UserError: leaderboard.csv is missing, lacks a column or holds something else; or a file of results does.
    """
    reported = line.read(reports / "leaderboard.csv")
    metrics, datasets = {one.run: one.metrics for one in reported}, {one.dataset for one in reported}
    newer = {one.run: line_of(one, _ALONE) for one in newer_results(reports, metrics, datasets)}
    retrained = staleness.retrained_runs(reports / "runs", reports.parent / "models")
    changed = {one.dataset for one in newer.values() if one.kind == "network"}
    found = {one.run: replace(one, **_ALONE) if one.dataset in changed else one for one in reported}
    found |= {run: _mark(one, staleness.NEWER) for run, one in newer.items()}
    found |= {run: _mark(found[run], staleness.OLDER) for run in retrained if run in found}
    networks = {(one.dataset, one.architecture, one.weights) for one in newer.values() if one.kind == "network"}
    for one in reported:
        if one.kind == "ensemble" and (one.dataset, one.architecture, one.weights) in networks:
            found[one.run] = _mark(found[one.run], _PASSED)
    for name in _passed_tests(reports, {*found}):
        found[name] = _mark(found[name], _EARLIER)
    return sorted(found.values(), key=lambda one: (one.dataset, get_args(Kind).index(one.kind), one.run))


def line_of(result: Result, place: Mapping[str, Any]) -> Line:
    """A result's line of the leaderboards, with the rank and ties of its place."""
    taken: dict[str, Any] = {name: getattr(result, name) for name in _FIELDS}
    taken |= {f"n_{part}": result.examples[part] for part in PARTS}
    taken |= {"positive": result.positive, "worst_group": result.worst_group}
    taken |= {"tested_on": getattr(result, "tested_on", "")}
    taken |= {"trained_on": result.start.trained_on if result.start else ""}
    taken |= {"chance": chance.level(result), "badges": chance.badges(result)}
    return Line(**taken, **place, metrics=result.metrics)


def newer_results(reports: Path, reported: Metrics, datasets: Collection[str] = ()) -> list[Result]:
    """The runs, their tests on other data, and the baselines of these data sets, that a report has others of or none.

    Args:
        reports: Its folder.
        reported: Its metrics, by run and name.
        datasets: Whose baselines are looked at.
    """
    runs = [RunResult.read(reports / "runs" / run) for run in staleness.newer_runs(reported, reports / "runs")]
    tests = external_result.load(reports, {*reported, *(one.run for one in runs)})
    others: list[Result] = [*tests, *baseline_result.load(reports, datasets)]
    newer: list[Result] = [one for one in others if staleness.differ(one.metrics, reported.get(one.run, {}))]
    return [*runs, *newer]


def _passed_tests(reports: Path, known: Collection[str]) -> list[str]:
    """Tests on other data at another threshold or temperature than the network has by now, of another training."""
    passed = []
    for test in external_result.load(reports, known):
        folder = reports / "runs" / test.network
        if test.run in known and (folder / FILE).exists():
            network = RunResult.read(folder)
            if (test.threshold, test.temperature) != (network.threshold, network.temperature):
                passed.append(test.run)
    return passed


def _mark(one: Line, badge: str) -> Line:
    return replace(one, badges=", ".join(filter(None, (one.badges, badge))))
