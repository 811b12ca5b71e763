"""A network on another data set and on corrupted images: its rows, its sections and its metrics for thresholds."""

import csv
import json

import pytest
from run_folders import SVG, png, predictions, write_audits, write_run
from run_record import run_json
from test_kinds import FACTS, MEASURED

from cnnbench.config import Bound
from cnnbench.report.build import compile_report
from cnnbench.results import current, gate, line, reading

RUN, TEST = "skin_cancer-skin_cnn", "skin_cancer-skin_cnn-on-vienna"
HEADER = "corruption,strength,metric,value,low,high,clean,difference,difference_low,difference_high\n"


@pytest.fixture
def reports(tmp_path):
    """Two networks, one of them tested on another clinic, where it is worse, and on blurred images."""
    found = tmp_path / "reports"
    write_run(found / "runs", "skin_cancer-plain_cnn", MEASURED, 0.95, **FACTS)
    write_run(found / "runs", RUN, MEASURED, 0.95, **FACTS)
    place = found / "tests" / TEST
    place.mkdir(parents=True)
    record = run_json(TEST, **FACTS | {"dataset": "skin_cancer", "examples": FACTS["examples"] | {"test": 80}})
    record |= {"network": RUN, "tested_on": "vienna", "part": "all", "left_out": {"near copies": 3}}
    record |= {"mapping": {"naevus": "benign", "malignant": "malignant", "other": ""}, "title": "Vienna"}
    record["counts"]["test"] = {"benign": 50, "malignant": 30}
    (place / "run.json").write_text(json.dumps(record))
    measured = {name: {"value": 0.6, "low": 0.5, "high": 0.7} for name in MEASURED}
    (place / "metrics.json").write_text(json.dumps(measured))
    predictions(record, 0.6).to_parquet(place / "predictions.parquet", index=False)
    blurred = found / "corruptions" / RUN
    blurred.mkdir(parents=True)
    numbers = "0.7,0.6,0.8,0.9,-0.2,-0.3,-0.1"
    rows = [("blur", strength) for strength in (1, 2, 3, 4, 5, "mean")] + [("all", "mean")]
    lines = [f"{kind},{strength},{name},{numbers}\n" for kind, strength in rows for name in MEASURED]
    (blurred / "corruptions.csv").write_text(HEADER + "".join(lines))
    (blurred / "corruptions.svg").write_text(SVG)
    (blurred / "corrupted.png").write_bytes(png())
    write_audits(tmp_path / "splits")
    return found


def compile_it(reports, thresholds=None):
    compile_report(reports / "runs", reports.parent / "splits", reports, thresholds or {})
    with (reports / "leaderboard.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_its_row_follows_its_network_and_has_no_rank(reports):
    rows = compile_it(reports)
    assert [(row["run"], row["kind"], row["tested_on"]) for row in rows] == [
        ("skin_cancer-plain_cnn", "network", ""),
        (RUN, "network", ""),
        (TEST, "external", "vienna"),
    ]
    assert [(row["rank"], row["ranked"]) for row in rows[:2]] == [("1", "2"), ("1", "2")]
    assert (rows[2]["ranked"], rows[2]["tie_group"], rows[2]["n_test"]) == ("1", "", "80")
    (_, _, external) = line.read(reports / "leaderboard.csv")
    assert external.marks == ("tested on vienna",)
    assert external.standing == "–"
    assert "vienna" not in (reports / "comparisons.csv").read_text()


def test_report_and_page_show_it_beside_its_own_test_part(reports):
    compile_it(reports)
    report, page = ((reports / name).read_text() for name in ("report.md", "index.html"))
    (section,) = (part for part in report.split("\n## ") if part.startswith("Tested on other data"))
    assert "vienna: all of it, without 3 near copies; naevus → benign, other → left out" in section
    row = next(cell for cell in section.split("\n") if "| accuracy |" in cell)
    assert "| 80 | accuracy | 0.600 [0.500, 0.700] | 0.900 [0.800, 0.950] on 40 |" in row
    assert " -0.350 [" in row, "of the predictions: 0.6 minus 0.95"
    assert row.endswith("0.001 |")
    assert 'id="external"' in page
    assert "without 3 near copies" in page
    assert "tested on vienna" in page


def test_corrupted_images_have_a_section(reports):
    compile_it(reports)
    report, page = ((reports / name).read_text() for name in ("report.md", "index.html"))
    assert f"**{RUN.replace('_', chr(92) + '_')}**: accuracy on clean test images 0.900 [0.800, 0.950]" in report
    assert "| blur | 0.700 | 0.700 | 0.700 | 0.700 | 0.700 | 0.700 | -0.200 [-0.300, -0.100] |" in report
    assert "| mean of all | – | – | – | – | – | 0.700 | -0.200 [-0.300, -0.100] |" in report
    assert 'id="corruptions"' in page
    assert "A test image under each corruption" in page


def test_without_tests_there_are_no_such_sections(reports):
    for folder in ("tests", "corruptions"):
        (reports / folder).rename(reports / f"no-{folder}")
    assert len(compile_it(reports)) == 2
    for name in ("report.md", "index.html"):
        assert "Tested on other data" not in (reports / name).read_text()
        assert "orrupted test images" not in (reports / name).read_text()


def test_a_threshold_may_bind_it(reports):
    compile_it(reports)
    metrics = reading.report_metrics(reports / "metrics.json")
    assert metrics[TEST]["accuracy"].value == 0.6
    (verdict,) = gate.judge(metrics, {TEST: {"accuracy": Bound(kind="min", value=0.7)}})
    assert verdict.word == "missed"


def test_a_test_of_a_run_that_is_not_reported_is_left_out(reports):
    compile_report(reports / "runs", reports.parent / "splits", reports, {}, names=["skin_cancer-plain_cnn"])
    assert "vienna" not in (reports / "leaderboard.csv").read_text()


def test_a_test_of_an_earlier_training_says_so(reports):
    def said(**network):
        path = reports / "runs" / RUN / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | network))
        return next(one.badges for one in current.read(reports) if one.run == TEST)

    compile_it(reports)
    record = json.loads((reports / "tests" / TEST / "run.json").read_text())
    as_then = {name: record.get(name) for name in ("threshold", "temperature")}
    assert said(**as_then) == "not above chance"
    assert said(**as_then | {"temperature": 1.25}) == "not above chance, of an earlier training"
    assert said(**as_then | {"threshold": 0.3}) == "not above chance, of an earlier training"
