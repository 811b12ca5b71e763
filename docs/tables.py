"""Writes the tables of docs/leaderboard.md, docs/external.md and docs/results.md from what is behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnnbench.core import files, markdown
from cnnbench.core.errors import UserError, run_script
from cnnbench.metrics import table
from cnnbench.metrics.metric import Metric
from cnnbench.report import repeats_table
from cnnbench.results import columns, comparing, corruption_result

ROOT = Path(__file__).parents[1]
DOCUMENT, RESULTS, REPORT = ROOT / "docs/leaderboard.md", ROOT / "docs/results.md", ROOT / "reports/report.md"
EXTERNAL = ROOT / "docs/external.md"
_OF_METRICS = {
    "": "a metric on the test examples",
    "_low": "the lower end of its interval",
    "_high": "the upper end of its interval",
}


def leaderboard() -> Iterable[str]:
    """The columns of leaderboard.csv, those of a metric as one."""
    docs = {column.name: column.doc for column in columns.select("csv")}
    known = {f"<metric>{end}": doc for end, doc in _OF_METRICS.items()} | docs
    return _columns({name: known[name] for name in columns.csv_header(["<metric>"])})


def metrics() -> Iterable[str]:
    """The table of metrics."""
    header = ("metric", "of", "holds", "unit", "range", "better", "interval")
    return markdown.table(header, (_metric(row) for row in table.METRICS))


def _metric(row: Metric) -> list[str]:
    reach = f"{row.lowest:g} to {row.highest:g}".replace("-inf", "−∞").replace("inf", "∞")
    unit = "the target's" if row.unit == "target" else row.unit
    return [f"`{row.name}`", row.task, row.doc, unit, reach, row.better, row.interval]


def _columns(docs: Mapping[str, str]) -> Iterable[str]:
    return markdown.table(("column", "holds"), ([f"`{name}`", doc] for name, doc in docs.items()))


def render(document: str) -> str:
    """docs/leaderboard.md with its tables written anew."""
    tables = {
        "leaderboard": leaderboard(),
        "metrics": metrics(),
        "repeats": _columns(repeats_table.COLUMNS),
        "comparisons": _columns(comparing.COLUMNS),
    }
    for place, lines in tables.items():
        document = fill(document, place, "\n".join(lines))
    return document


def render_external(document: str) -> str:
    """docs/external.md with its table written anew."""
    return fill(document, "corruptions", "\n".join(_columns(corruption_result.COLUMNS)))


def render_results(document: str, report: str) -> str:
    """docs/results.md with the leaderboard of a report.md.

    Raises:
        UserError: The report has no leaderboard.
    """
    found = re.search(r"^## Leaderboard\n\n(.*?)\n+(?:## |\Z)", report, re.DOTALL | re.MULTILINE)
    if not found:
        raise UserError(f"Expected a section Leaderboard in {REPORT}, received none: run `make bench`.")
    return fill(document, "results", found[1])


def fill(document: str, place: str, text: str) -> str:
    """A document with a text between the comments `<place>:` and `end of <place>`.

    Raises:
        UserError: The document lacks the place.
    """
    comments = re.compile(rf"(<!-- {place}:[^\n]*-->\n).*?(<!-- end of {place} -->)", re.DOTALL)
    if not comments.search(document):
        raise UserError(f"Expected the comments `{place}:` and `end of {place}` in the document, received none.")
    return comments.sub(lambda match: f"{match[1]}{text}\n{match[2]}", document)


def main() -> None:
    """Rewrites the documents."""
    files.write_text(EXTERNAL, render_external(EXTERNAL.read_text(encoding="utf-8")))
    files.write_text(DOCUMENT, render(DOCUMENT.read_text(encoding="utf-8")))
    if not REPORT.exists():
        raise UserError(f"Expected {REPORT}, received none: run `make bench` first.")
    report = REPORT.read_text(encoding="utf-8")
    files.write_text(RESULTS, render_results(RESULTS.read_text(encoding="utf-8"), report))


if __name__ == "__main__":
    run_script(main)
