"""Copies the leaderboard of reports/report.md into README.md, between the two comments that mark its place."""

from __future__ import annotations

import re
from pathlib import Path

from cnnbench import files
from cnnbench.errors import UserError, run_script

README, REPORT = Path("README.md"), Path("reports/report.md")
_PLACE = re.compile(r"(<!-- results:[^\n]*-->\n).*?(<!-- end of results -->)", re.DOTALL)


def spliced(readme: str, report: str) -> str:
    """The README with the report's leaderboard in its place.

    Raises:
        UserError: The README has no such place or the report no leaderboard.
    """
    found = re.search(r"^## Leaderboard\n\n(.*?)\n\n## ", report, re.DOTALL | re.MULTILINE)
    if not found:
        raise UserError(f"Expected a section Leaderboard in {REPORT}, received none: run `make bench`.")
    if not _PLACE.search(readme):
        raise UserError(f"Expected the comments `results:` and `end of results` in {README}, received none.")
    return _PLACE.sub(lambda match: f"{match[1]}{found[1]}\n{match[2]}", readme)


def main() -> None:
    """Rewrites README.md."""
    if not REPORT.exists():
        raise UserError(f"Expected {REPORT}, received none: run `make bench` first.")
    files.write_text(README, spliced(README.read_text(encoding="utf-8"), REPORT.read_text(encoding="utf-8")))


if __name__ == "__main__":
    run_script(main)
