"""Baselines, networks from weights and ensembles on the leaderboards: what they are, and what they are ranked with."""

import csv
import json

import pytest
from run_folders import predictions, write_audits, write_run
from run_record import run_json

from cnnbench import cli
from cnnbench.report.build import compile_report
from cnnbench.results import line

FACTS = {
    "task": "classification", "classes": ["benign", "malignant"], "unit": "", "title": "Skin", "source": "folder",
    "synthetic": False, "protocol": "grouped 8:1:1", "input_shape": [64, 64, 3], "published_result": None,
    "examples": {"train": 320, "val": 40, "test": 40}, "flops": 12_345_678,
    "counts": {part: {"benign": 20, "malignant": 20} for part in ("train", "val", "test")},
}  # fmt: skip
START = {"trained_on": "ImageNet-1k", "licence": "Apache-2.0", "origin": "a package 1.0", "sha256": "ab"}
MEASURED = {"accuracy": (0.9, 0.8, 0.95), "roc_auc": (0.9, 0.8, 0.95)}
ASKED = "Were these test images public when ImageNet-1k was collected?"


def write_baseline(reports, folder, name, method, right=0.6, **facts):
    """A baseline's folder on the same test examples."""
    place = reports / folder
    place.mkdir(parents=True)
    record = run_json(name, **FACTS | {"dataset": "skin_cancer"}) | {"method": method, "features": "x", "fitted": 9}
    record |= {"chosen": {"C": 0.1}, "parameters": 7} | facts
    (place / "run.json").write_text(json.dumps(record))
    measured = {key: dict(zip(("value", "low", "high"), values, strict=True)) for key, values in MEASURED.items()}
    (place / "metrics.json").write_text(json.dumps(measured))
    predictions(record, right).to_parquet(place / "predictions.parquet", index=False)


@pytest.fixture
def reports(tmp_path):
    """Two networks from scratch, one of them with two seeds, one that starts from weights, and baselines."""
    found, runs = tmp_path / "reports", tmp_path / "reports/runs"
    write_run(runs, "skin_cancer-plain_cnn", MEASURED, 0.6, **FACTS)
    for seed in (0, 1):
        name = f"skin_cancer-skin_cnn{'-s1' * seed}"
        write_run(runs, name, MEASURED, 0.95, seed=seed, **FACTS)
    started = {"weights": "lite0-imagenet", "start": START, "trained_parameters": 2562, "trials": 24}
    write_run(runs, "skin_cancer-lite0", MEASURED, 0.95, **FACTS | started)
    write_baseline(found, "baselines/skin_cancer/majority", "skin_cancer majority", "majority", 0.5)
    write_baseline(
        found, "probes/lite0/linear_probe", "lite0 linear probe", "linear probe", weights="lite0", start=START
    )
    write_audits(tmp_path / "splits")
    return found


def compile_it(reports, **how):
    compile_report(reports / "runs", reports.parent / "splits", reports, {}, **how)
    with (reports / "leaderboard.csv").open(newline="") as file:
        return {row["run"]: row for row in csv.DictReader(file)}


def test_rows_come_baselines_first_and_ensembles_last_and_say_what_they_are(reports):
    rows = compile_it(reports)
    assert [(row["run"], row["kind"]) for row in rows.values()] == [
        ("lite0 linear probe", "baseline"),
        ("skin_cancer majority", "baseline"),
        ("skin_cancer-lite0", "network"),
        ("skin_cancer-plain_cnn", "network"),
        ("skin_cancer-skin_cnn", "network"),
        ("skin_cancer-skin_cnn-s1", "network"),
        ("skin_cancer-skin_cnn ensemble of 2 seeds", "ensemble"),
    ]
    started = rows["skin_cancer-lite0"]
    names = ("weights", "trained_on", "trials", "parameters", "trained_parameters")
    assert [started[name] for name in names] == ["lite0-imagenet", "ImageNet-1k", "24", "11033409", "2562"]
    assert [rows["skin_cancer majority"][name] for name in ("seed", "flops", "weights", "trained_on")] == [
        "", "", "none", "",
    ]  # fmt: skip
    assert rows["lite0 linear probe"]["trained_on"] == "ImageNet-1k"
    assert rows["skin_cancer-skin_cnn ensemble of 2 seeds"]["parameters"] == str(2 * 11033409)


def test_what_starts_from_weights_is_ranked_apart_unless_asked_otherwise(reports):
    def ranked(**how):
        return {name: row["ranked"] for name, row in compile_it(reports, **how).items()}

    apart, together = ranked(), ranked(apart=False)
    assert (apart["skin_cancer-plain_cnn"], apart["skin_cancer-lite0"]) == ("2", "1")
    assert (together["skin_cancer-plain_cnn"], together["skin_cancer-lite0"]) == ("3", "3")
    for found in (apart, together):
        assert found["skin_cancer majority"] == found["lite0 linear probe"] == "1", "a baseline has no rank"
        assert found["skin_cancer-skin_cnn ensemble of 2 seeds"] == "1"


def test_marks_and_the_question_stand_on_page_markdown_and_terminal(reports, capsys):
    compile_it(reports)
    page, text = (reports / "index.html").read_text(), (reports / "report.md").read_text()
    for mark in ("baseline", "from ImageNet-1k", "best of 24 trials"):
        assert f'<span class="mark">{mark}</span>' in page
    assert "2,562 trained</span>" in page
    assert "11,033,409 parameters, 2,562 of them trained," in page
    assert '<a href="#run-skin_cancer-lite0">' in page
    assert "#run-skin_cancer-majority" not in page
    assert "**skin\\_cancer-lite0** (from ImageNet-1k, best of 24 trials, **n = 40**)" in text
    assert "**skin\\_cancer majority** (baseline, **n = 40**)" in text
    assert "2,562 trained of 11,033,409" in text
    for shown in (page, text):
        assert ASKED in shown
        assert "The recipe is the best of 24 tried on validation data" in shown
    assert cli.main(["results", "--reports", str(reports)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "ImageNet-1k, best of" in out or "(from ImageNet-1k," in out
    assert "A baseline has no rank" in out
    assert [one.marks for one in line.read(reports / "leaderboard.csv")][:3] == [
        ("baseline", "from ImageNet-1k"), ("baseline",), ("from ImageNet-1k", "best of 24 trials"),
    ]  # fmt: skip


def test_a_run_from_scratch_is_asked_nothing(reports):
    compile_it(reports)
    section = (reports / "index.html").read_text().partition('id="run-skin_cancer-plain_cnn"')[2]
    assert ASKED not in section.partition('class="run"')[0]


def test_what_a_network_adds_to_a_baseline_and_an_ensemble_to_its_members_is_compared(reports, capsys):
    compile_it(reports)
    with (reports / "comparisons.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "accuracy"]
    found = {(row["first"], row["second"]): row for row in rows}
    assert float(found["skin_cancer-skin_cnn", "skin_cancer majority"]["difference"]) > 0.3
    assert ("skin_cancer-skin_cnn ensemble of 2 seeds", "skin_cancer-skin_cnn") in found
    assert ("skin_cancer-plain_cnn", "skin_cancer-skin_cnn") in found
    assert ("skin_cancer majority", "lite0 linear probe") not in found
    assert (
        "skin_cancer-skin_cnn is better than skin_cancer majority in accuracy" in (reports / "index.html").read_text()
    )
    names = ["skin_cancer majority", "skin_cancer-plain_cnn", "skin_cancer-skin_cnn ensemble of 2 seeds"]
    assert cli.main(["compare", *names, "--reports", str(reports)]) == 0
    out = capsys.readouterr().out
    assert "skin_cancer-plain_cnn minus skin_cancer majority" in out
    assert "skin_cancer-skin_cnn ensemble of 2 seeds minus skin_cancer-plain_cnn" in out
    assert cli.main(["compare", "skin_cancer-plain_cnn", "nosuch", "--reports", str(reports)]) == 2
    assert "skin_cancer-skin_cnn ensemble of 2 seeds" in capsys.readouterr().err


def test_thresholds_and_earlier_reports_are_of_runs_alone(reports):
    compile_it(reports)
    assert set(json.loads((reports / "metrics.json").read_text())) == {
        path.name for path in (reports / "runs").iterdir()
    }
    compile_it(reports, baseline=reports / "leaderboard.csv")
    changes = (reports / "report.md").read_text().partition("## Changes")[2].partition("##")[0]
    assert "majority" not in changes
    assert "as before" in changes


def test_a_damaged_baseline_is_one_line_and_the_earlier_report_stays(reports):
    compile_it(reports)
    before = (reports / "index.html").read_bytes()
    (reports / "baselines/skin_cancer/majority/run.json").write_text("{}")
    with pytest.raises(Exception, match=r"Expected a key run in .*: run `dvc repro baselines@skin_cancer`"):
        compile_it(reports)
    assert (reports / "index.html").read_bytes() == before


def test_two_phases_of_a_training_are_told(reports):
    history = "\n".join(
        ["epoch,phase,loss,accuracy,val_loss,val_accuracy", "1,head,9,0,8,0", "2,head,7,0,6,0", "3,all,5,0,4,0", ""]
    )
    (reports / "runs/skin_cancer-lite0/history.csv").write_text(history)
    compile_it(reports)
    section = (
        (reports / "index.html").read_text().partition('id="run-skin_cancer-lite0"')[2].partition('class="run"')[0]
    )
    assert "The first 2 epochs trained the head alone" in section
