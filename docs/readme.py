"""Copies the leaderboard of the last report and the published figures into README.md, between comments."""

from __future__ import annotations

import re
from pathlib import Path

from cnnbench.core import files
from cnnbench.core.errors import UserError, run_script

README, REPORT, PUBLISHED = Path("README.md"), Path("reports/report.md"), Path("reports/published/tables.md")


def spliced(readme: str, place: str, source: str, heading: str) -> str:
    """The README with a section of another text in its place.

    Args:
        readme: Its text.
        place: Stands in the comments `<place>:` and `end of <place>`.
        source: The other text.
        heading: Of the section, which ends at the next one.

    Raises:
        UserError: The README has no such place or the other text no such section.
    """
    found = re.search(rf"^## {heading}\n\n(.*?)\n+(?:## |\Z)", source, re.DOTALL | re.MULTILINE)
    if not found:
        raise UserError(f"Expected a section {heading!r} to copy into {README}, received none: run `make bench`.")
    comments = re.compile(rf"(<!-- {place}:[^\n]*-->\n).*?(<!-- end of {place} -->)", re.DOTALL)
    if not comments.search(readme):
        raise UserError(f"Expected the comments `{place}:` and `end of {place}` in {README}, received none.")
    return comments.sub(lambda match: f"{match[1]}{found[1]}\n{match[2]}", readme)


def main() -> None:
    """Rewrites README.md."""
    if not REPORT.exists():
        raise UserError(f"Expected {REPORT}, received none: run `make bench` first.")
    readme = spliced(README.read_text(encoding="utf-8"), "results", REPORT.read_text(encoding="utf-8"), "Leaderboard")
    tables = PUBLISHED.read_text(encoding="utf-8")
    readme = spliced(readme, "published", tables, "In short")
    files.write_text(README, spliced(readme, "differences", tables, "Differences in short"))


if __name__ == "__main__":
    run_script(main)
