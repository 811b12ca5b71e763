"""The report of a params.yaml that names no run yet: the same files, with nothing in them but a line on what to do."""

from __future__ import annotations

from pathlib import Path

from cnnbench.core.files import json_text, write_text
from cnnbench.report import comparisons, dvc_plots, leaderboard, repeats_table
from cnnbench.report.explore import run_scripts
from cnnbench.results.reading import NO_RUN

LINE = f"There is nothing yet: {NO_RUN}"

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Benchmark report</title>
</head>
<body style="font-family: sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em">
<h1>Benchmark report</h1>
<p>{line}</p>
</body>
</html>
"""


def write(out: Path) -> None:
    """Writes all files of a report into the folder `out`."""
    texts = {
        "leaderboard.csv": leaderboard.csv_text([], {}),
        "repeats.csv": repeats_table.csv_text([]),
        "comparisons.csv": comparisons.csv_text([]),
        "metrics.json": leaderboard.metrics_text({}, {}, {}),
        "leakage.json": json_text({}),
        "report.md": f"# Benchmark report\n\n{LINE}\n",
        "index.html": _PAGE.format(line=LINE),
        "plots/roc.csv": dvc_plots.roc([]),
        "plots/history.csv": dvc_plots.history([]),
        "plots/confusion.csv": dvc_plots.confusion([]),
    }
    for name, text in texts.items():
        write_text(out / name, text)
    run_scripts.write({}, out)
