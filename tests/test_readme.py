"""README.md tells the truth about files and commands, and docs/results.md comes from the report."""

import re
from pathlib import Path

import pytest

from cnnbench.core.errors import UserError

ROOT = Path(__file__).parents[1]


def test_the_leaderboard_of_a_report_takes_its_place(document):
    before = "# x\n<!-- results: y -->\nold\n<!-- end of results -->\nrest\n"
    report = "# Report\n\n## Leaderboard\n\n| run |\n| --- |\n| a\\_b |\n\n## Thresholds\n"
    after = document.render_results(before, report)
    assert after == "# x\n<!-- results: y -->\n| run |\n| --- |\n| a\\_b |\n<!-- end of results -->\nrest\n"
    assert document.render_results(after, report) == after


def test_a_report_without_a_leaderboard_and_a_document_without_a_place_are_refused(document):
    with pytest.raises(UserError, match="Expected a section Leaderboard"):
        document.render_results("<!-- results: -->\n<!-- end of results -->", "# Report\n")
    with pytest.raises(UserError, match="Expected the comments `results:`"):
        document.render_results("# x\n", "## Leaderboard\n\nrows\n")


def test_every_file_that_the_readme_links_is_there():
    text = (ROOT / "README.md").read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_make_target_that_the_docs_name_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"(?:`|^    )make ([a-z]+)", (ROOT / name).read_text(), re.MULTILINE)
        assert named
        assert set(named) <= targets
