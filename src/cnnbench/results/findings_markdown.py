"""The findings as GitHub-flavoured Markdown, for a comment on a pull request or a job's summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnnbench.core.markdown import bullets, escape, table
from cnnbench.results import gate
from cnnbench.results.formatting import figure

if TYPE_CHECKING:
    from cnnbench.results.findings import Findings
    from cnnbench.results.gate import Verdict
    from cnnbench.results.regressions import Since

MARKS = {"good": "✅", "hollow": "⚠️", "bad": "❌"}
"""Of a verdict's sign."""


def render(findings: Findings) -> str:
    """A line of summary, then sections on thresholds, leaks and changes."""
    parts = [[f"{_mark(findings.ok)} **cnnbench check**: {escape(findings.summary)}."]]
    if findings.verdicts:
        parts.append(["### Thresholds", "", *_thresholds(findings.verdicts)])
    leaks, near = gate.describe_leaks(findings.audits), gate.describe_near(findings.audits)
    if leaks:
        parts.append(["### Leaks", "", *(f"- {escape(line)}" for line in leaks)])
    if near:
        parts.append(["### Near copies", "", *(f"- ⚠️ {escape(line)}" for line in near)])
    if findings.since:
        parts.append([f"### Since {escape(findings.since.against)}", "", *render_changes(findings.since)])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _thresholds(verdicts: list[Verdict]) -> Iterator[str]:
    rows = []
    for verdict in verdicts:
        value, margin = figure(verdict.metric, verdict.value), figure(verdict.metric, verdict.margin, sign="+")
        word = f"{MARKS[verdict.sign]} {verdict.words}"
        rows.append((escape(verdict.run), escape(verdict.label), value, verdict.limit, margin, word))
    yield from table(("run", "metric", ">value", ">bound", ">margin", "verdict"), rows)
    yield from bullets(gate.reasons(verdicts))


def render_changes(since: Since) -> Iterator[str]:
    """The changes since an earlier state: a table of the figures compared, then notes."""
    rows = []
    for change in since.changes:
        if not change.reason:
            before, now = (figure(change.metric, one) for one in (change.before, change.now))
            value, low, high = (figure(change.metric, end, sign="+") for end in change.difference)
            figures = (before, now, f"{value} [{low}, {high}]", figure("p", change.p))
            word = f"{'❌ ' if change.regressed else ''}{change.word}"
            rows.append((escape(change.run), escape(change.label), *figures, escape(change.test), word))
    header = ("run", "metric", ">before", ">now", ">difference [95 %]", ">p (Holm)", "test", "verdict")
    yield from table(header, rows)
    yield from bullets(since.notes)


def _mark(ok: bool) -> str:
    return MARKS["good" if ok else "bad"]
