"""CITATION.cff, CHANGELOG.md, SECURITY.md and the forms of issues say what is so."""

import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_citation_is_of_this_version():
    citation = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])


def test_the_changelog_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert PROJECT["version"] in text


@pytest.mark.parametrize("name", ["bug", "data_set", "network"])
def test_forms_of_issues_have_a_head(name):
    _, head, body = (ROOT / f".github/ISSUE_TEMPLATE/{name}.md").read_text().split("---\n", 2)
    assert {"name", "about"} <= YAML(typ="safe").load(head).keys()
    assert body.strip()


def test_whoever_reads_or_exports_is_told_that_it_is_not_for_patients():
    for path in ("README.md", "src/cnnbench/results/model_card.py", "src/cnnbench/report/templates/report.html.j2"):
        assert "not for clinical use" in (ROOT / path).read_text().lower()
