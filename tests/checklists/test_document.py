"""Checklists: what is filled in comes from the record, and what is not recorded is a question."""

import json
import re

import pytest
from run_folders import BINARY, DIGITS, HOUSES, write_repeats, write_run, write_three

from cnnbench import cli
from cnnbench.checklists import document, facts
from cnnbench.checklists.claim import CLAIM
from cnnbench.checklists.tripod import TRIPOD
from cnnbench.core import files
from cnnbench.data import leakage
from cnnbench.data.provenance import Provenance

RUNS = (BINARY, DIGITS, HOUSES)


@pytest.fixture
def root(tmp_path):
    """A repository with three evaluated runs, and nothing else."""
    write_three(tmp_path / "reports/runs")
    return tmp_path


def render(root, run=BINARY, checklist=CLAIM):
    return document.render(facts.gather(run, root), checklist)


def item(text, number):
    """The state of an item, its sentences, and its question."""
    found = re.search(rf"^### {number} [^\n]* \(([^()]+)\)\n\n(.*?)(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    lines = found[2].strip().splitlines()
    asked = [line for line in lines if document.QUESTION in line]
    return found[1], "\n".join(line for line in lines if line not in asked), "".join(asked)


def change(root, run=BINARY, **values):
    path = root / "reports/runs" / run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def provenance(**values):
    content = {
        "dataset": "chest_xray", "definition": "chest_xray", "source": "phantom", "synthetic": True,
        "origin": "made for a test", "title": "Chest X-rays", "task": "classification", "classes": (), "unit": "",
        "input_shape": (96, 96, 3), "expected": 0, "citation": "", "licence": "", "examples": 200, "fetched": 900,
        "seed": 7, "counts": {}, "positive": "", "attributes": (), "ranges": {},
        "pixel_types": {"normal": {"uint8": 120}, "pneumonia": {"uint8": 70, "uint16": 10}}, "notes": (),
        "archives": {}, "sha256": {},
    }  # fmt: skip
    return Provenance(**content | values).model_dump()


def audit(**values):
    spread = dict.fromkeys(("clusters", "examples", "clusters_across", "examples_across", "test_across"), 0) | {
        "ids": ()
    }
    groups = spread | {"clusters": 90, "examples": 200}
    used = {"examples": {"train": 160, "val": 20, "test": 20}, "exact": spread, "near": None, "groups": groups}
    content = {
        "protocol": "grouped", "near_copies": "ignore", "used": used | {"test_concerned": 0, "leaks": False},
        "official": None, "conflicts": {"clusters": 1, "examples": 3, "ids": ()},
        "dropped": {"reasons": {"unreadable": 2}, "examples": [{"id": n, "reason": "unreadable"} for n in ("a", "b")]},
        "odd": {"reasons": {}, "examples": ()}, "rare": (), "pairs": (),
    }  # fmt: skip
    return leakage.Audit(**content | values).model_dump()


@pytest.mark.parametrize(
    ("checklist", "number", "section"),
    [(CLAIM, "21", "Methods: test data"), (TRIPOD, "19", "Patient and public involvement"), (TRIPOD, "20a", "Results")],
)
def test_items_stand_in_the_published_sections(checklist, number, section):
    assert number in [one.number for one in checklist.sections[section]]


def test_the_items_are_those_of_the_lists():
    assert [one.number for one in CLAIM.items] == [str(number) for number in range(1, 45)]
    assert list(dict.fromkeys(one.number.rstrip("abcdefg") for one in TRIPOD.items)) == [
        str(number) for number in range(1, 28)
    ]
    assert len({one.number for one in TRIPOD.items}) == len(TRIPOD.items) == 52


@pytest.mark.parametrize("checklist", [CLAIM, TRIPOD], ids=lambda one: one.title)
@pytest.mark.parametrize("run", RUNS)
def test_every_item_has_an_answer_or_a_question_and_its_state_says_which(root, run, checklist):
    text = render(root, run, checklist)
    assert text == render(root, run, checklist)
    states = []
    for one in checklist.items:
        state, said, asked = item(text, one.number)
        assert said or asked, one.number
        assert state == (document.OPEN if not said else document.IN_PART if asked else document.RECORDED), one.number
        states.append(state)
    counts = [f"{states.count(state)} {state}" for state in (document.RECORDED, document.IN_PART, document.OPEN)]
    assert ", ".join(counts) in text
    assert ("SYNTHETIC" in text) == (run == BINARY)


@pytest.mark.parametrize(
    ("number", "values", "said"),
    [
        ("7", {"citation": "B. Other, 2020"}, "Citation: B. Other, 2020"),
        ("7", {"licence": "CC0"}, "Licence of the data: CC0"),
        ("9", {"fit": "pad"}, "rest filled with black"),
        ("14", {"origin": "two readers' table"}, "two readers' table"),
        ("19", {"protocol": "official"}, "publisher's own split"),
        ("19", {"fold": 3}, "begins with fold 3"),
        ("20", {"twins": 4}, "4 of 20 test examples have a twin"),
        ("22", {"parameters": 777}, "777 parameters"),
        ("24", {"seed": 5}, "by seed 5"),
        ("24", {"start": {"trained_on": "Films", "licence": "", "origin": "f", "sha256": "ab"}}, "trained on Films"),
        ("25", {"trials": 20}, "best of 20 trials"),
        ("25", {"changed": ["lr: 1 -> 2"]}, "lr: 1 -&gt; 2"),
        ("26", {"best_epoch": 1}, "last epoch, 1"),
        ("28", {"threshold": 0.4321}, "0.4321"),
        ("40", {"start": {"trained_on": "Films", "licence": "", "origin": "f", "sha256": "ab"}}, "trained on Films"),
    ],
)  # fmt: skip
def test_a_changed_record_changes_its_item(root, number, values, said):
    assert said not in item(render(root), number)[1]
    change(root, **values)
    assert said in item(render(root), number)[1].replace("\\", "")


def test_metrics_are_those_of_the_record(root):
    path = root / "reports/runs" / BINARY / "metrics.json"
    before = render(root)
    assert "0.900 \\[0.700, 0.970\\]" in item(before, "37")[1]
    path.write_text(json.dumps({"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6}}))
    found = render(root)
    assert item(found, "37")[1] == "- Accuracy: 0.500 \\[0.400, 0.600\\]."
    assert "0.500" in item(found, "2")[1]
    assert "Wilson" in item(found, "29")[1]
    assert "DeLong" in item(before, "29")[1]


def test_of_what_is_not_recorded_nothing_is_said(root):
    text = render(root, DIGITS)
    for number in ("5", "8", "10", "11", "12", "13", "15", "16", "17", "18", "21", "30", "33", "34", "44"):
        state, said, asked = item(text, number)
        assert (state, said) == (document.OPEN, ""), number
        assert asked, number
    assert "No search is recorded" in item(text, "25")[2]
    assert "trials" not in item(text, "25")[1]
    assert "Which versions" in item(text, "23")[2]
    assert "Not here: data/splits/mnist.leakage.json" in text


def test_data_files_answer_more(root):
    files.write_json(root / "data/raw/chest_xray/source.json", provenance())
    files.write_json(root / "data/splits/chest_xray.leakage.json", audit())
    text = render(root)
    assert "200 of 900 examples of the source, drawn by seed 7" in item(text, "10")[1]
    assert "2 (unreadable 2), such as a." in item(text, "8")[1]
    assert "uint8 190, uint16 10" in item(text, "9")[1]
    assert "No group and no exact copy stands in more than one" in item(text, "20")[1]
    assert "3 examples in 1 set of identical inputs" in item(text, "18")[1]
    files.write_json(root / "data/splits/chest_xray.leakage.json", audit(dropped={"reasons": {}, "examples": ()}))
    assert "No example was dropped" in item(render(root), "8")[1]


def test_files_of_other_data_than_the_runs_are_not_used(root):
    files.write_json(root / "data/raw/chest_xray/source.json", provenance(source="kaggle"))
    files.write_json(root / "data/splits/chest_xray.leakage.json", audit(protocol="official"))
    text = render(root)
    assert item(text, "8")[1] == item(text, "10")[1] == ""
    for name in ("raw/chest_xray/source.json", "splits/chest_xray.leakage.json"):
        assert f"Not used: data/{name}" in text.replace("\\", "")


def test_versions_and_processor_are_those_that_the_tracker_wrote(root):
    costs = {BINARY: {"versions": "keras 9.9", "processor": "Abacus", "commit": "abc123", "train_seconds": 3.0}}
    (root / "reports/costs.js").write_text(f"window.cnnbenchCosts = {json.dumps(costs)};\n")
    text = render(root)
    assert item(text, "23")[::2] == (document.RECORDED, "")
    assert "keras 9.9" in item(text, "23")[1]
    assert "abc123" in item(text, "43")[1]
    assert "keras 9.9" not in render(root, DIGITS)


def test_repeats_are_named_with_their_spread(tmp_path):
    write_repeats(tmp_path / "reports/runs")
    text = render(tmp_path, "skin_cancer-skin_cnn")
    assert "Repeated with 3 seeds and 2 folds" in item(text, "29")[1]
    assert "mean of what its 3 seeds predict" in item(text, "27")[1]


def test_corrupted_images_and_other_data(root):
    header = "corruption,strength,metric,value,low,high,clean,difference,difference_low,difference_high\n"
    table = root / "reports/corruptions" / BINARY / "corruptions.csv"
    table.parent.mkdir(parents=True)
    table.write_text(
        header + "blur,mean,accuracy,0.8,0.7,0.9,0.9,-0.1,-0.2,0\nblur,1,accuracy,0.85,0.7,0.9,0.9,0,0,0\n"
    )
    assert "under blur, mean of five strengths: 0.800 [0.700, 0.900]" in item(render(root), "30")[1].replace("\\", "")
    there = {"network": BINARY, "tested_on": "clinic_b", "part": "all", "mapping": {}, "left_out": {"unsure": 3}}
    folder = write_run(root / "reports/tests", "chest_xray-there", {"accuracy": (0.6, 0.5, 0.7)})
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | there))
    said = item(render(root), "33")[1].replace("\\", "")
    assert "On all of clinic_b" in said
    assert "3 left out (unsure): accuracy 0.600 [0.500, 0.700]" in said


def test_a_regression_is_not_asked_for_classes(root):
    assert item(render(root, HOUSES), "38")[1] == "- Not applicable: a regression has no sensitivity or specificity."
    assert "Not applicable" in item(render(root, HOUSES, TRIPOD), "13")[1]


def test_the_command_prints_or_writes(root, capsys):
    assert cli.main(["checklist", BINARY, "--root", str(root)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# CLAIM")
    out = root / "paper/claim.md"
    assert cli.main(["checklist", BINARY, "--root", str(root), "--out", str(out)]) == 0
    assert out.read_text() == printed
    assert capsys.readouterr().out.strip() == str(out)
    assert cli.main(["checklist", HOUSES, "--root", str(root), "--format", "tripod"]) == 0
    assert capsys.readouterr().out.startswith("# TRIPOD+AI")


def test_bad_input_is_one_line_and_writes_nothing(root, capsys):
    out = root / "claim.md"
    assert cli.main(["checklist", "mnist-mnist_cn", "--root", str(root), "--out", str(out)]) == 2
    (root / "reports/costs.js").write_text("window.cnnbenchCosts = [")
    assert cli.main(["checklist", BINARY, "--root", str(root), "--out", str(out)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "mnist-mnist_cnn" in lines[0]
    assert "cnnbench track" in lines[1]
    assert not out.exists()
