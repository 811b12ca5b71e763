"""`cnnbench report`: a report of some runs, aside."""

import csv
import json
import webbrowser

import pytest
from report_folder import write_thresholds
from run_folders import BINARY, DIGITS, HOUSES, write_audits, write_three

from cnnbench import cli


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_three(tmp_path / "reports/runs")
    write_audits(tmp_path / "data/splits")
    bounds = {BINARY: {"accuracy": {"min": 0.1}}, DIGITS: {"accuracy": {"min": 0.2}}}
    write_thresholds(tmp_path, bounds)
    (tmp_path / "reports/costs.js").write_text("window.cnnbenchCosts = {};\n")
    return tmp_path


def reported(folder):
    with (folder / "leaderboard.csv").open(newline="") as file:
        return [row["run"] for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        ([], [HOUSES, BINARY, DIGITS]), ([DIGITS], [DIGITS]), (["mnist-*", HOUSES], [HOUSES, DIGITS]),
        (["*"], [HOUSES, BINARY, DIGITS]), (["*_cnn"], [BINARY, DIGITS]),
    ],
)  # fmt: skip
def test_a_report_of_these_runs_alone_aside(root, capsys, arguments, runs):
    before = set((root / "reports").iterdir())
    assert cli.main(["report", *arguments]) == 0
    assert capsys.readouterr().out == f"reports/selection/index.html: a report of {', '.join(runs)}\n"
    folder = root / "reports/selection"
    assert set((root / "reports").iterdir()) - before == {folder}
    assert reported(folder) == runs
    assert (folder / "costs.js").exists()
    page, bound = (folder / "index.html").read_text(), {BINARY, DIGITS} & set(runs)
    count = f"{len(bound)} of {len(bound)} threshold{'s' * (len(bound) != 1)} met" if bound else "no thresholds set"
    assert count in page, "nor is a run missed that was not asked for"
    assert set(json.loads((folder / "metrics.json").read_text())) == set(runs)
    assert "../runs/" in (folder / "report.md").read_text(), "pictures are linked from there"


@pytest.mark.parametrize("found", [True, False])
def test_it_opens_in_a_browser(root, capsys, monkeypatch, found):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: opened.append(uri) or found)
    assert cli.main(["report", DIGITS, "--out", "a b", "--open"]) == 0
    assert opened == [(root / "a b/index.html").as_uri()]
    assert ("open a b/index.html by hand" in capsys.readouterr().out) is not found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mnist-mnist_cn"], f"received 'mnist-mnist_cn' (did you mean {DIGITS}?)."),
        (["nosuch*", DIGITS], "Expected an evaluated run or a pattern of some among "),
        (
            ["--out", "reports"],
            "Expected --out to be a folder outside of reports, or reports/selection, received reports",
        ),
        (["--out", "reports/runs/x"], "received reports/runs/x: what lies there is the pipeline's."),
        (["--out", "params.yaml"], "params.yaml"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(root, capsys, arguments, message):
    before = sorted(root.rglob("*"))
    assert cli.main(["report", *arguments]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error: Expected ")
    assert message in err
    assert (err.count("\n"), out) == (1, "")
    assert sorted(root.rglob("*")) == before
