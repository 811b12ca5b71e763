"""What does `dvc repro` cost where nothing has changed, against `dvc status`?

In a clone whose stages have run: `python benchmarks/noop.py` prints a Markdown table, medians of three turns each.
"""

from __future__ import annotations

import statistics
import sys

from stages import measure

COMMANDS = {"dvc status": ["status"], "dvc repro": ["repro"], "dvc, that imports itself alone": ["--version"]}
ROUNDS = 3


def main() -> None:
    """Measures in turn, and prints the table."""
    costs: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            costs[name].append(measure([sys.executable, "-m", "dvc", *arguments]).cpu)
    base = statistics.median(costs["dvc status"])
    print("| command | CPU s | against dvc status |", "|---|--:|--:|", sep="\n")
    for name, seconds in costs.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median:.1f} | {median / base:.2f} |")


if __name__ == "__main__":
    main()
