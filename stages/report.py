"""Stage `report`: compiles reports/runs/ and the audits in data/splits/ into one comparison."""

from pathlib import Path

from cnnbench import config
from cnnbench.core.errors import run_script
from cnnbench.core.printable import printable
from cnnbench.report import build, leftovers, nothing_yet
from cnnbench.report.overview import evaluate_command
from cnnbench.runs.brought_record import FOLDER


def main() -> None:
    """Writes index.html, report.md, the tables as CSV, metrics.json, leakage.json, explore/ and plots/."""
    knobs = config.load()
    runs, splits, out = Path("reports/runs"), Path("data/splits"), Path("reports")
    baseline = knobs.baseline_file()
    for line in leftovers.move_away(out, splits, knobs):
        print(printable(line))
    apart = knobs.ranks == "apart"
    absent = build.compile_report(
        runs,
        splits,
        out,
        knobs.thresholds,
        names=list(knobs.runs),
        baseline=baseline,
        apart=apart,
        brought_dir=FOLDER,
    )
    if not knobs.runs:
        print(nothing_yet.LINE)
    for name in absent:
        print(f"{name} is not evaluated yet, and left out: `{evaluate_command(name)}`")


if __name__ == "__main__":
    run_script(main)
