"""The report: what stands under reports/runs, gathered into pages and tables that a person or a program reads.

It reads files and writes files: no network is loaded, only predictions are compared, and nothing that it writes depends
on the time, the machine or the folder that it runs in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from cnnbench import check
from cnnbench.files import aside, write_text
from cnnbench.reporting import comparisons, leaderboard, leakage, markdown, page, plots, repeats, results
from cnnbench.reporting.overview import Overview, compile_overview

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
        out: Where index.html, report.md, the tables *.csv, metrics.json, headline.json, leakage.json and plots/ go.
        thresholds: A floor or a ceiling per run and metric.
        names: The runs to report on; None means whatever is there, leftovers of removed runs included.

    Raises:
        UserError: There is no run, or a file of one or of its split is missing or damaged. Nothing is written then.
    """
    found = results.load(runs_dir, names)
    audits = leakage.load(splits_dir, {result.dataset for result in found})
    overview = compile_overview(runs_dir, found)
    metrics = leaderboard.metrics(found)
    verdicts = check.verdicts(metrics, thresholds)
    drawn = _diagram(overview)
    texts = {
        "leaderboard.csv": leaderboard.csv_text(found, overview.places),
        "repeats.csv": repeats.csv_text(overview.gathered),
        "comparisons.csv": comparisons.csv_text(overview.pairs),
        "metrics.json": leaderboard.json_text(metrics),
        "headline.json": leaderboard.json_text(leaderboard.headlines(found)),
        "leakage.json": leaderboard.json_text({name: audit.model_dump() for name, audit in audits.items()}),
        "report.md": markdown.render(found, verdicts, audits, overview, out),
        "index.html": page.render(found, verdicts, audits, overview, drawn),
        "plots/roc.csv": plots.roc(found),
        "plots/history.csv": plots.history(found),
        "plots/confusion.csv": plots.confusion(found),
    }
    for name, text in texts.items():
        write_text(out / name, text)
    picture = out / "plots/critical_difference.png"
    picture.unlink(missing_ok=True)
    if drawn:
        with aside(picture) as part:
            part.write_bytes(drawn)


def _diagram(overview: Overview) -> bytes | None:
    """The critical-difference diagram as a PNG; None where there is nothing to draw."""
    overall = overview.general.overall
    if overall is None:
        return None
    from cnnbench.figures import save  # matplotlib takes a second
    from cnnbench.figures.critical_difference import critical_difference

    with TemporaryDirectory() as folder:
        path = Path(folder) / "diagram.png"
        ranks = np.array([rank.value for rank in overall.ranks])
        save(critical_difference(ranks, overall.p_holm, overall.networks), path)
        return path.read_bytes()
