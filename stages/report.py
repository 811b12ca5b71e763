"""Stage `report`: compiles reports/runs/ and the audits in data/splits/ into one comparison."""

from pathlib import Path

from cnnbench import params, reporting
from cnnbench.errors import run_script


def main() -> None:
    """Writes reports/index.html, report.md, the tables as CSV, metrics.json, leakage.json and reports/plots/."""
    knobs = params.load()
    runs, splits, out = Path("reports/runs"), Path("data/splits"), Path("reports")
    baseline = knobs.baseline_file()
    reporting.compile_report(runs, splits, out, knobs.thresholds, names=list(knobs.runs), baseline=baseline)


if __name__ == "__main__":
    run_script(main)
