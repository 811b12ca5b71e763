"""Checklists beside the report: of every run, named in costs.js, which stays readable."""

import json

import pytest
from run_folders import BINARY, DIGITS, HOUSES, write_three

from cnnbench import cli
from cnnbench.checklists import checklist_files, facts

COSTS = {BINARY: {"versions": "keras 9.9", "commit": "abc123"}}


@pytest.fixture
def root(tmp_path):
    """A repository with three evaluated runs, and costs that the tracker wrote."""
    write_three(tmp_path / "reports/runs")
    (tmp_path / "reports/costs.js").write_text(f"window.cnnbenchCosts = {json.dumps(COSTS, indent=2)};\n")
    return tmp_path


def test_every_run_has_those_that_fit_it_and_the_same_text_as_the_command(root, capsys):
    assert checklist_files.write_all(root) == sorted((BINARY, DIGITS, HOUSES))
    folder = root / "reports/checklists"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}
    assert found == {f"{run}/{name}.md" for run in (BINARY, DIGITS) for name in ("claim", "tripod")} | {
        f"{HOUSES}/tripod.md"  # CLAIM is of images
    }
    assert "keras 9.9" in (folder / BINARY / "claim.md").read_text()
    cli.main(["checklist", BINARY, "--root", str(root), "--format", "tripod"])
    assert capsys.readouterr().out == (folder / BINARY / "tripod.md").read_text()


def test_costs_name_them_once_and_are_still_read(root):
    for _ in range(2):
        checklist_files.write_all(root)
    text = (root / "reports/costs.js").read_text()
    assert text.count("window.cnnbenchChecklists") == 1
    assert text.endswith(f"window.cnnbenchChecklists = {json.dumps(sorted((BINARY, DIGITS, HOUSES)))};\n")
    assert facts.gather(BINARY, root).origin["commit"] == "abc123"


def test_those_of_a_run_that_is_gone_go_too(root):
    old = root / "reports/checklists/left-params"
    old.mkdir(parents=True)
    (old / "claim.md").write_text("old")
    checklist_files.write_all(root)
    assert not old.exists()


def test_without_costs_they_are_written_all_the_same(root):
    (root / "reports/costs.js").unlink()
    checklist_files.write_all(root)
    assert (root / "reports/checklists" / DIGITS / "claim.md").exists()
    assert not (root / "reports/costs.js").exists()
