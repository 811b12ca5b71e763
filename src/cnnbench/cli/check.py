"""Hold the splits against leaks, and the metrics against the thresholds and an earlier state.

`thresholds:` of params.yaml bounds the metrics of the last report, by run and metric:

  thresholds:
    mnist-mnist_cnn:
      accuracy: {min: 0.92}  # a floor of the value; max: a ceiling
      roc_auc: {min: 0.99, of: low}  # of the lower end of its 95 % interval; high: the upper
      log_loss: {baseline: 0.14, tolerance: 0.02}  # at most that much worse than a stored value

A split leaks, says leakage.json beside the metrics, where groups or exact copies are in more than one of train, val and
test, or near copies where `near_copies: join`. An image-level split leaks by design. Leaks are checked with thresholds
and without. Near copies that are in more than one part, though the rule does not count them, are a warning; with
--strict they fail, too. A twin of a test example is a copy of it, or one of its group.

Where results are newer than the report, as after an experiment on one run, they count, and their verdicts say so.

--against finds metrics that got worse since a git revision, whose results DVC's cache must hold, or since a kept
metrics.json or leaderboard.csv: the headline metric of each run and those with thresholds. For a revision the
predictions are compared by a paired test at 5 %, Holm-adjusted over all of them, repeats as one. For a file, or where
the cache lacks the predictions, a value is worse where the difference exceeds the root of the summed squared
half-widths of the intervals.

It exits 1 where a threshold is missed or its run or metric is absent, a split leaks, or a value got worse. Results of
an earlier training than the model are not checked, which is exit code 2.
"""

from __future__ import annotations

import argparse
import math
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.cli import _terminal
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.results import gate

if TYPE_CHECKING:
    from cnnbench.cli._table import Table
    from cnnbench.results.findings import Findings
    from cnnbench.results.regressions import Since


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options."""
    _terminal.add_path(parser, "--params", "FILE", "params.yaml")
    _terminal.add_path(parser, "--metrics", "FILE", "reports/metrics.json")
    parser.add_argument(
        "--against", metavar="REV|FILE", help="a git revision, or a metrics.json or leaderboard.csv of before"
    )
    parser.add_argument("--strict", action="store_true", help="near copies in more than one part fail, too")
    parser.add_argument(
        "--format", choices=("table", "markdown"), default="table", help="of what is printed; default: %(default)s"
    )
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the findings there, too, as JUnit XML")


def run(arguments: argparse.Namespace) -> int:
    """Prints the findings; 1 where there is one to fix."""
    # Opened first: a file that cannot be written shows before what is slow.
    with files.aside(arguments.junit) if arguments.junit else nullcontext() as part:
        findings = _find(arguments)
        if part:
            from cnnbench.results import junit

            part.write_text(junit.render(findings), encoding="utf-8", newline="\n")
    if arguments.format == "markdown":
        from cnnbench.results import findings_markdown

        print(findings_markdown.render(findings), end="")
    else:
        _print(findings)
    return 0 if findings.ok else 1


def _find(arguments: argparse.Namespace) -> Findings:
    from cnnbench import config
    from cnnbench.results import chance, current, reading, staleness
    from cnnbench.results.findings import Findings

    params = config.load(arguments.params)
    # `dvc repro` would make no other report.
    there = params.runs or arguments.metrics.exists()
    thresholds, metrics = params.thresholds, reading.report_metrics(arguments.metrics) if there else {}
    if not metrics and not params.runs:
        raise UserError(f"Expected the metrics of a run in {arguments.metrics}, received none: {reading.NO_RUN}")
    runs, root = arguments.metrics.with_name("runs"), arguments.metrics.parent.parent
    staleness.check_trainings(runs, root / "models")
    # An older report would pass or fail for results that are no more.
    newer = {one.run: one for one in current.newer_results(arguments.metrics.parent, metrics)}
    metrics = {**metrics, **{run: result.metrics for run, result in newer.items()}}
    audits = gate.read_audits(arguments.metrics.with_name("leakage.json"))
    audits |= gate.read_splits(root / "data/splits", {*audits, *(result.dataset for result in newer.values())})
    classes = reading.report_classes(arguments.metrics) | {run: one.positive for run, one in newer.items()}
    badges = reading.report_badges(arguments.metrics)
    badges |= {run: ", ".join(filter(None, (chance.badges(one), staleness.NEWER))) for run, one in newer.items()}
    verdicts = gate.judge(metrics, thresholds, classes, badges)
    since = None
    # An empty one, of a variable that is not set, would pass for no comparison.
    if arguments.against is not None:
        from cnnbench.results import earlier, regressions

        with earlier.read(arguments.against, metrics) as before:
            since = regressions.compare(before, metrics, runs, thresholds, classes)
    return Findings(verdicts, audits, since, arguments.strict)


def _print(findings: Findings) -> None:
    console = _terminal.console()
    reasons = gate.reasons(findings.verdicts)
    reasons += gate.describe_leaks(findings.audits)
    reasons += [f"{'' if findings.strict else 'warning: '}{line}" for line in gate.describe_near(findings.audits)]
    if findings.verdicts:
        console.print(_table(findings.verdicts))
        console.print()
    if findings.since:
        console.print(_changes(findings.since))
        console.print()
        reasons += findings.since.notes
    for line in reasons:
        console.print(line)
    console.print(findings.summary)


def _table(verdicts: list[gate.Verdict]) -> Table:
    from rich.text import Text

    from cnnbench.results.formatting import figure

    table = _terminal.table("run", "metric", ">value", ">bound", ">margin", "verdict")
    for verdict in verdicts:
        value, margin = figure(verdict.metric, verdict.value), figure(verdict.metric, verdict.margin, sign="+")
        # The console takes no markup, so a colour needs a Text.
        word = Text(verdict.words, style={"good": "green", "hollow": "yellow", "bad": "bold red"}[verdict.sign])
        table.add_row(verdict.run, verdict.label, value, verdict.limit, margin, word)
    return table


def _changes(since: Since) -> Table:
    from rich.text import Text

    from cnnbench.results.formatting import figure

    table = _terminal.table("run", "metric", ">before", ">now", ">difference", ">95 % interval", ">p", "verdict")
    for change in since.changes:
        if change.reason:
            continue
        value, low, high = (figure(change.metric, end, sign="+") for end in change.difference)
        cells = (figure(change.metric, change.before), figure(change.metric, change.now), value, f"[{low}, {high}]")
        style = {"worse": "bold red", "better": "green"}.get(change.word, "")
        p = "-" if math.isnan(change.p) else f"{change.p:.3f}"
        table.add_row(change.run, change.label, *cells, p, Text(change.word, style=style))
    return table
