"""README.md tells the truth about commands, and its table comes from the report."""

import importlib.util
import re
from pathlib import Path

import pytest

from cnnbench.core.errors import UserError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def readme():
    spec = importlib.util.spec_from_file_location("readme", ROOT / "docs/readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_leaderboard_takes_its_place(readme):
    before = "# x\n<!-- results: y -->\nold\n<!-- end of results -->\nrest\n"
    report = "# Report\n\n## Leaderboard\n\n| run |\n| --- |\n| a\\_b |\n\n## Thresholds\n"
    after = readme.spliced(before, "results", report, "Leaderboard")
    assert after == "# x\n<!-- results: y -->\n| run |\n| --- |\n| a\\_b |\n<!-- end of results -->\nrest\n"
    assert readme.spliced(after, "results", report, "Leaderboard") == after


def test_a_report_without_a_leaderboard_is_refused(readme):
    with pytest.raises(UserError, match="Expected a section 'Leaderboard'"):
        readme.spliced("<!-- results: -->\n<!-- end of results -->", "results", "# Report\n", "Leaderboard")
    with pytest.raises(UserError, match="Expected the comments `published:`"):
        readme.spliced("# x\n", "published", "## Measured\n\nrows\n", "Measured")


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
