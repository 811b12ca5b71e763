"""Compiles the runs under reports/runs into pages and tables, for people and for programs.

It reads files and writes files: no network is loaded, only predictions are compared, and nothing that it writes depends
on the time, the machine or the folder that it runs in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbench.core.files import check_folder, json_text, write_text
from cnnbench.report import (
    comparisons,
    drawings,
    dvc_plots,
    leaderboard,
    leakage_tables,
    nothing_yet,
    page,
    repeats_table,
    report_markdown,
)
from cnnbench.report.explore import run_scripts
from cnnbench.report.overview import compile_overview
from cnnbench.results import (
    baseline_result,
    brought_result,
    chance,
    corruption_result,
    earlier,
    external_result,
    gate,
    regressions,
    run_result,
)

if TYPE_CHECKING:
    from cnnbench.config import Bound
    from cnnbench.results.entries import Result


def compile_report(
    runs_dir: Path,
    splits_dir: Path,
    out: Path,
    thresholds: Mapping[str, Mapping[str, Bound]],
    *,
    names: Collection[str] | None = None,
    baseline: Path | None = None,
    apart: bool = True,
    brought_dir: Path | None = None,
) -> list[str]:
    """Writes the report on every run that is there.

    Args:
        runs_dir: The folder with a folder per run, as the evaluate stage leaves it; pictures are linked from `out`.
            Beside it lie those of the baselines and of tests on other data.
        splits_dir: The folder with the audit of each data set's split, as the split stage leaves it.
        out: Where index.html, report.md, the tables *.csv, metrics.json, leakage.json, explore/ and plots/ go.
        thresholds: A floor or a ceiling per run and metric.
        names: The runs to report on, which need not all be there; None means whatever is there. Of none the report says
            that there is nothing yet.
        baseline: The metrics.json or leaderboard.csv of an earlier report, since which report.md names the changes.
        apart: Whether networks that start from weights are ranked by themselves.
        brought_dir: The folder of predictions that others have brought; None for none.

    Returns:
        The runs of `names` that are not there; the report lists them, too.

    Raises:
        UserError: None of the runs is there, or a file of one, of its split or of the baseline is missing or damaged.
            Nothing is written then.
    """
    check_folder(out)
    if names is not None and not names:
        nothing_yet.write(out)
        return []
    found = run_result.load(runs_dir, names)
    # Files are read first, drawing is slow: a damaged one is reported at once.
    audits = leakage_tables.load(splits_dir, {result.dataset for result in found})
    baselines = baseline_result.load(runs_dir.parent, {result.dataset for result in found})
    tests = external_result.load(runs_dir.parent, {result.run for result in found})
    corrupted = corruption_result.load(runs_dir.parent, {result.run for result in found})
    brought, notes = brought_result.load(brought_dir, found) if brought_dir else ([], [])
    overview = compile_overview(found, names or (), baselines, tests, corrupted, brought, notes, apart=apart)
    measured: list[Result] = [*found, *tests, *brought]
    metrics = leaderboard.metrics(measured)
    classes = {result.run: result.positive for result in measured}
    badges = {result.run: chance.badges(result) for result in measured}
    verdicts = gate.judge(metrics, thresholds, classes, badges)
    since = None
    if baseline is not None:
        with earlier.read(baseline.as_posix(), ()) as before:
            since = regressions.compare(before, metrics, runs_dir, thresholds, classes)
    drawn, colours = drawings.draw(found, overview), drawings.colours(found)
    # All are made before the first is written: a damaged file leaves the earlier report whole.
    texts = {
        "leaderboard.csv": leaderboard.csv_text(overview.rows, overview.places),
        "repeats.csv": repeats_table.csv_text(overview.gathered),
        "comparisons.csv": comparisons.csv_text([*overview.pairs, *overview.added]),
        "metrics.json": leaderboard.metrics_text(metrics, classes, badges),
        "leakage.json": json_text(leakage_tables.without_pictures(audits)),
        "report.md": report_markdown.render(found, verdicts, audits, overview, drawn, since, out),
        "index.html": page.render(found, verdicts, audits, overview, drawn, colours, out),
        "plots/roc.csv": dvc_plots.roc(found),
        "plots/history.csv": dvc_plots.history(found),
        "plots/confusion.csv": dvc_plots.confusion(found),
    }
    scripts = run_scripts.compile_scripts(found, out)
    for name, text in texts.items():
        write_text(out / name, text)
    run_scripts.write(scripts, out)
    drawings.write(drawn, out / "plots")
    return overview.absent
