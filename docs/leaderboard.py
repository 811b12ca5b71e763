"""Writes the tables of docs/leaderboard.md from the lists that they document: metrics and columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cnnbench.core import files, markdown
from cnnbench.core.errors import UserError, run_script
from cnnbench.metrics import table
from cnnbench.metrics.metric import Metric
from cnnbench.report import repeats_table
from cnnbench.results import columns, comparing

DOCUMENT = Path(__file__).with_suffix(".md")
_OF_METRICS = {
    "": "a metric on the test examples",
    "_low": "the lower end of its interval",
    "_high": "the upper end of its interval",
}


def leaderboard() -> Iterable[str]:
    """The columns of leaderboard.csv, those of a metric as one."""
    docs = {column.name: column.doc for column in columns.shown("csv")}
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
    """The document with its tables written anew between the comments `<place>:` and `end of <place>`.

    Raises:
        UserError: The document lacks a place.
    """
    tables = {
        "leaderboard": leaderboard(),
        "metrics": metrics(),
        "repeats": _columns(repeats_table.COLUMNS),
        "comparisons": _columns(comparing.COLUMNS),
    }
    for place, lines in tables.items():
        text = "\n".join(lines)
        comments = re.compile(rf"(<!-- {place}:[^\n]*-->\n).*?(<!-- end of {place} -->)", re.DOTALL)
        document, found = comments.subn(lambda match, text=text: f"{match[1]}{text}\n{match[2]}", document)  # type: ignore[misc]
        if not found:
            raise UserError(f"Expected the comments `{place}:` and `end of {place}` in {DOCUMENT}, received none.")
    return document


def main() -> None:
    """Rewrites docs/leaderboard.md."""
    files.write_text(DOCUMENT, render(DOCUMENT.read_text(encoding="utf-8")))


if __name__ == "__main__":
    run_script(main)
