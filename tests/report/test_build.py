import json
import re

import pytest
from run_folders import PAIRS, write_everything, write_run, write_three

from cnnbench.config import Bound
from cnnbench.core.errors import UserError
from cnnbench.data.leakage import Audit
from cnnbench.report.build import compile_report
from cnnbench.results import gate

THRESHOLDS = {"mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.9)}}
FILES = {
    "index.html", "report.md", "leaderboard.csv", "repeats.csv", "comparisons.csv",
    "metrics.json", "leakage.json",
    "plots/roc.csv", "plots/history.csv", "plots/confusion.csv",
    "explore/boston_housing-conv1d.js", "explore/chest_xray-chest_cnn.js", "explore/mnist-mnist_cnn.js",
}  # fmt: skip


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "runs"
    }


def test_writes_every_file_and_prints_nothing(runs, splits, capsys):
    compile_report(runs, splits, runs.parent, THRESHOLDS)
    assert set(written(runs.parent)) == FILES
    assert capsys.readouterr() == ("", "")
    assert json.loads((runs.parent / "metrics.json").read_text())["mnist-mnist_cnn"]["accuracy"]["value"] == 0.96


def test_bytes_do_not_depend_on_the_folder(tmp_path, splits):
    folders = [tmp_path / "a" / "reports", tmp_path / "b" / "c" / "reports"]
    for folder in folders:
        compile_report(write_three(folder / "runs"), splits, folder, THRESHOLDS)
    first, second = map(written, folders)
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())


def test_only_the_runs_named(runs, splits):
    assert compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn"]) == []
    assert list(json.loads((runs.parent / "metrics.json").read_text())) == ["mnist-mnist_cnn"]


def test_a_run_that_is_not_there_yet_is_listed_with_its_command(runs, splits):
    (runs / "mnist-vgg16").mkdir()  # an evaluation that failed half-way
    assert compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn", "mnist-vgg16", "mnist-x_y"]) == [
        "mnist-vgg16",
        "mnist-x_y",
    ]
    said = (runs.parent / "report.md").read_text()
    assert "Not evaluated yet, and left out:\n\n- mnist-vgg16: `dvc repro evaluate@mnist-vgg16`\n" in said
    assert "\n- mnist-x\\_y: `dvc repro evaluate@mnist-x_y`\n" in said
    page = (runs.parent / "index.html").read_text()
    assert "mnist-vgg16 (<code>dvc repro evaluate@mnist-vgg16</code>), mnist-x_y (<code>dvc repro eval" in page
    assert list(json.loads((runs.parent / "metrics.json").read_text())) == ["mnist-mnist_cnn"]
    compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn"])
    assert "Not evaluated yet" not in (runs.parent / "report.md").read_text()
    assert "Not evaluated yet" not in (runs.parent / "index.html").read_text()


def test_no_report_without_any_run(runs, splits):
    with pytest.raises(UserError, match=r"Expected a folder per run under .*, received none; run `dvc repro` first"):
        compile_report(runs, splits, runs.parent, {}, names=["mnist-vgg16"])
    assert written(runs.parent) == {}


def test_writes_nothing_where_a_run_is_damaged(runs, splits):
    (runs / "mnist-mnist_cnn" / "roc.csv").unlink()
    with pytest.raises(UserError, match=r"roc\.csv"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    assert written(runs.parent) == {}


def test_writes_nothing_where_predictions_are_missing(repeated, splits):
    (repeated / "skin_cancer-skin_cnn" / "predictions.parquet").unlink()
    with pytest.raises(UserError, match=r"Expected the file .*skin_cnn/predictions\.parquet, received none"):
        compile_report(repeated, splits, repeated.parent, THRESHOLDS)
    assert written(repeated.parent) == {}


def test_a_diagram_where_there_are_networks_enough_and_no_old_one_where_not(tmp_path, splits):
    runs, picture = tmp_path / "many" / "runs", tmp_path / "many/plots/critical_difference.svg"
    facts = {
        "task": "classification", "classes": ["a", "b"], "unit": "", "title": "T", "source": "own", "synthetic": False,
        "protocol": "official", "input_shape": [8, 8, 3], "published_result": None,
        "examples": {"train": 80, "val": 20, "test": 40}, "counts": {p: {"a": 20} for p in ("train", "val", "test")},
    }  # fmt: skip
    audit = (splits / "mnist.leakage.json").read_bytes()
    for number in range(7):
        (splits / f"set{number}.leakage.json").write_bytes(audit)
        for network, right in (("one", 0.95), ("two", 0.8), ("three", 0.6)):
            write_run(runs, f"set{number}-{network}", {"accuracy": (right, right - 0.1, right + 0.05)}, right, **facts)
    compile_report(runs, splits, runs.parent, {})
    assert picture.read_bytes().startswith(b"<?xml")
    said = (runs.parent / "report.md").read_text()
    assert re.search(
        r"Average rank over 7 data sets .*: one 1\.00 .*ties a; two 2\.00 .*ties b; three 3\.00 .*ties c", said
    )
    assert "Critical-difference diagram." in (runs.parent / "index.html").read_text()
    compile_report(runs, splits, runs.parent, {}, names=["set0-one", "set0-two"])
    assert not picture.exists()
    assert "Over several data sets" not in (runs.parent / "report.md").read_text()
    assert "Over several data sets" not in (runs.parent / "index.html").read_text()


def test_writes_nothing_where_an_audit_is_missing_or_damaged(runs, splits):
    path = splits / "mnist.leakage.json"
    path.write_text("{}")
    with pytest.raises(UserError, match=r"Expected a key \w+ in .*mnist\.leakage\.json, received none"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    path.unlink()
    with pytest.raises(UserError, match=r"Expected the file .*mnist\.leakage\.json, received none"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    assert written(runs.parent) == {}


def test_leakage_json_has_the_pairs_without_their_pictures(runs, splits):
    path = splits / "chest_xray.leakage.json"
    audit = Audit.model_validate_json(path.read_text()).model_copy(update={"pairs": PAIRS})
    path.write_text(json.dumps(audit.model_dump()))
    compile_report(runs, splits, runs.parent, {})
    assert "R0lGOD" in (runs.parent / "index.html").read_text()
    found = gate.read_audits(runs.parent / "leakage.json")["chest_xray"].pairs
    assert [(pair.test, pair.pictures) for pair in found] == [(pair.test, ()) for pair in PAIRS]


def test_leakage_json_has_the_data_sets_of_the_runs(runs, splits):
    compile_report(runs, splits, runs.parent, {})
    found = json.loads((runs.parent / "leakage.json").read_text())
    assert list(found) == ["boston_housing", "chest_xray", "mnist"]
    assert [found[name]["used"]["leaks"] for name in found] == [False, True, False]
    compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn"])
    assert list(json.loads((runs.parent / "leakage.json").read_text())) == ["mnist"]


PICTURES = {f"skin_cancer-{name}.svg" for name in ("roc", "confusion", "learning_curves")}


def drawn(folder):
    return {path.name for path in folder.joinpath("plots").iterdir() if path.suffix in (".png", ".svg")}


def test_pictures_of_networks_together_are_written_and_old_ones_go(tmp_path):
    folder = tmp_path / "reports"
    runs, splits = write_everything(folder)
    compile_report(runs, splits, folder, {})
    assert drawn(folder) == PICTURES
    first = written(folder)
    (folder / "plots" / "gone-roc.svg").write_bytes(b"old")
    (folder / "plots" / "skin_cancer-roc.png").write_bytes(b"as an earlier version drew it, too")
    compile_report(runs, splits, folder, {})
    assert written(folder) == first
    compile_report(runs, splits, folder, {}, names=["mnist-mnist_cnn", "skin_cancer-skin_cnn"])
    assert drawn(folder) == set()


@pytest.mark.parametrize("name", ["metrics.json", "leaderboard.csv"])
def test_changes_since_a_baseline_are_listed(runs, splits, tmp_path, name):
    compile_report(runs, splits, runs.parent, THRESHOLDS)
    baseline = tmp_path / name
    baseline.write_text((runs.parent / name).read_text().replace("0.96,", "0.99,").replace("0.960000", "0.990000"))
    compile_report(runs, splits, runs.parent, THRESHOLDS, baseline=baseline)
    text = (runs.parent / "report.md").read_text().partition("## Changes since")[2].partition("\n## ")[0]
    assert "| 0.9900 | 0.9600 |" in text
    assert "as before" in text
    assert "boston" not in text


def test_a_baseline_that_is_none_is_an_error_of_one_line(runs, splits, tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"another-run": {"accuracy": {"value": 0.9, "low": 0.8, "high": 1.0}}}')
    with pytest.raises(UserError, match=r"Expected results that can be compared with .*, received none"):
        compile_report(runs, splits, runs.parent, THRESHOLDS, baseline=other)
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=r"Expected the leaderboard\.csv of a report in .*table\.csv"):
        compile_report(runs, splits, runs.parent, THRESHOLDS, baseline=table)
    assert written(runs.parent) == {}


def test_where_no_run_is_named_every_file_says_that_there_is_nothing_yet(runs, splits):
    assert compile_report(runs, splits, runs.parent, {}, names=[]) == []
    files = written(runs.parent)
    assert set(files) == {name for name in FILES if not name.startswith("explore/")}
    assert (runs.parent / "explore").is_dir()  # which DVC expects
    for name in ("index.html", "report.md"):
        assert b"There is nothing yet: params.yaml names no run." in files[name]
    assert (files["metrics.json"], files["leaderboard.csv"].count(b"\n")) == (b"{}\n", 1)
