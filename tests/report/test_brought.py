"""Predictions of others on the leaderboard: ranked and tested with the networks, and marked."""

import csv

import pytest
from run_folders import write_audits, write_run
from test_kinds import FACTS, MEASURED
from toys import refused

from cnnbench.core import files
from cnnbench.report.build import compile_report
from cnnbench.results.run_result import RunResult
from cnnbench.runs.brought_record import digest

RUN = "skin_cancer-skin_cnn"


@pytest.fixture
def reports(tmp_path):
    """A network that is right in 60 % of 40 examples."""
    write_run(tmp_path / "reports/runs", RUN, MEASURED, 0.6, **FACTS)
    write_audits(tmp_path / "splits")
    return tmp_path / "reports"


def bring(reports, name="theirs", right=40, trained_on="", fold=0):
    """Predictions that are right for the first so many examples."""
    frame = RunResult.read(reports / "runs" / RUN).predictions
    rows = [
        (one, *((0.9, 0.1) if (label == 0) == (index < right) else (0.1, 0.9)))
        for index, (one, label) in enumerate(zip(frame["id"], frame["label"], strict=True))
    ]
    folder = reports.parent / "brought"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "benign", "malignant"), *rows])
    record = {"dataset": "skin_cancer", "fold": fold, "classes": ["benign", "malignant"], "examples": len(rows)}
    files.write_json(folder / f"{name}.json", record | {"test": digest(frame["id"]), "trained_on": trained_on})
    return folder


def compile_it(reports):
    compile_report(reports / "runs", reports.parent / "splits", reports, {}, brought_dir=reports.parent / "brought")
    with (reports / "leaderboard.csv").open(newline="") as file:
        return {row["run"]: row for row in csv.DictReader(file)}


def test_they_are_ranked_and_tested_with_the_networks_and_marked(reports):
    bring(reports)
    rows = compile_it(reports)
    theirs, ours = rows["theirs"], rows[RUN]
    assert (theirs["kind"], theirs["n_test"], theirs["parameters"], theirs["seed"]) == ("brought", "40", "", "")
    assert float(theirs["accuracy"]) == 1
    assert 0.85 < float(theirs["accuracy_low"]) < 1
    assert (theirs["rank"], theirs["ranked"], ours["rank"], ours["ranked"]) == ("1", "2", "2", "2")
    assert theirs["tie_group"] != ours["tie_group"]
    pairs = (reports / "comparisons.csv").read_text()
    assert f"skin_cancer,theirs,{RUN},accuracy,0.4," in pairs
    report = (reports / "report.md").read_text()
    assert "**theirs** (brought, **" in report
    assert f"theirs is better than {RUN.replace('_', chr(92) + '_')} in accuracy" in report
    page = (reports / "index.html").read_text()
    assert '<tr role="row" class="brought"' in page
    assert "they were made is not known here" in page


def test_one_that_started_from_weights_is_ranked_apart(reports):
    bring(reports, trained_on="ImageNet-1k")
    rows = compile_it(reports)
    assert (rows["theirs"]["ranked"], rows["theirs"]["trained_on"]) == ("1", "ImageNet-1k")


def test_those_of_another_split_are_not_shown_and_the_report_says_so(reports):
    bring(reports, fold=3)
    assert set(compile_it(reports)) == {RUN}
    for name in ("report.md", "index.html"):
        assert "theirs, brought for 40 test examples of skin" in (reports / name).read_text()


def test_a_damaged_file_is_one_line(reports):
    message = "Expected the predictions that `cnnbench runs --add-predictions` wrote in .*theirs.*git checkout"
    folder = bring(reports)
    (folder / "theirs.csv").write_text("id,benign\na,1\n")
    with refused(message):
        compile_it(reports)
    (folder / "theirs.json").write_text("{")
    with refused(message):
        compile_it(reports)


def test_one_with_the_name_of_a_run_is_not_shown(reports):
    bring(reports, RUN)
    assert set(compile_it(reports)) == {RUN}
    assert "which was brought, is not shown: a run has its name" in (reports / "report.md").read_text()
