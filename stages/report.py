"""Stage `report`: compiles reports/runs/ into one comparison."""

from pathlib import Path

from cnnbench import params, reporting
from cnnbench.errors import run_script


def main() -> None:
    """Writes reports/index.html, report.md, leaderboard.csv, metrics.json and what DVC plots."""
    knobs = params.load()
    reporting.compile_report(Path("reports/runs"), Path("reports"), knobs.thresholds, names=list(knobs.runs))


if __name__ == "__main__":
    run_script(main)
