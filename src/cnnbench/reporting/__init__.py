"""The report: what stands under reports/runs, gathered into pages and tables that a person or a program reads.

It reads files and writes files: no network is loaded, nothing is computed anew, and nothing that it writes depends on
the time, the machine or the folder that it runs in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench import check
from cnnbench.files import write_text
from cnnbench.reporting import leaderboard, leakage, markdown, page, plots, results

if TYPE_CHECKING:
    from cnnbench.params import Bound


def compile_report(
    runs_dir: Path,
    splits_dir: Path,
    out: Path,
    thresholds: Mapping[str, Mapping[str, Bound]],
    *,
    names: Collection[str] | None = None,
) -> None:
    """Writes the report on every run.

    Args:
        runs_dir: The folder with a folder per run, as the evaluate stage leaves it; pictures are linked from `out`.
        splits_dir: The folder with the audit of each data set's split, as the split stage leaves it.
        out: Where index.html, report.md, leaderboard.csv, metrics.json, headline.json, leakage.json and plots/*.csv go.
        thresholds: A floor or a ceiling per run and metric.
        names: The runs to report on; None means whatever is there, leftovers of removed runs included.

    Raises:
        UserError: There is no run, or a file of one or of its split is missing or damaged. Nothing is written then.
    """
    found = results.load(runs_dir, names)
    audits = leakage.load(splits_dir, {result.dataset for result in found})
    metrics = leaderboard.metrics(found)
    verdicts = check.verdicts(metrics, thresholds)
    texts = {
        "leaderboard.csv": leaderboard.csv_text(found),
        "metrics.json": leaderboard.json_text(metrics),
        "headline.json": leaderboard.json_text(leaderboard.headlines(found)),
        "leakage.json": leaderboard.json_text({name: audit.model_dump() for name, audit in audits.items()}),
        "report.md": markdown.render(found, verdicts, audits, out),
        "index.html": page.render(found, verdicts, audits),
        "plots/roc.csv": plots.roc(found),
        "plots/history.csv": plots.history(found),
        "plots/confusion.csv": plots.confusion(found),
    }
    for name, text in texts.items():
        write_text(out / name, text)
