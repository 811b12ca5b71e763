import json

import pytest

from cnnbench.errors import UserError
from cnnbench.params import Bound
from cnnbench.reporting import compile_report

THRESHOLDS = {"mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.9)}}
FILES = {
    "index.html", "report.md", "leaderboard.csv", "metrics.json", "headline.json", "leakage.json",
    "plots/roc.csv", "plots/history.csv", "plots/confusion.csv",
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
    assert json.loads((runs.parent / "headline.json").read_text())["mnist-mnist_cnn"] == 0.96


def test_bytes_do_not_depend_on_the_folder(tmp_path, splits, three):
    folders = [tmp_path / "a" / "reports", tmp_path / "b" / "c" / "reports"]
    for folder in folders:
        compile_report(three(folder / "runs"), splits, folder, THRESHOLDS)
    first, second = map(written, folders)
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())


def test_only_the_runs_named(runs, splits):
    compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn"])
    assert list(json.loads((runs.parent / "headline.json").read_text())) == ["mnist-mnist_cnn"]


def test_writes_nothing_where_a_run_is_damaged(runs, splits):
    (runs / "mnist-mnist_cnn" / "roc.csv").unlink()
    with pytest.raises(UserError, match=r"roc\.csv"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    assert written(runs.parent) == {}


def test_writes_nothing_where_an_audit_is_missing_or_damaged(runs, splits):
    path = splits / "mnist.leakage.json"
    path.write_text("{}")
    with pytest.raises(UserError, match=r"Expected the audit of a split in .*mnist\.leakage\.json"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    path.unlink()
    with pytest.raises(UserError, match=r"Expected the file .*mnist\.leakage\.json, received none"):
        compile_report(runs, splits, runs.parent, THRESHOLDS)
    assert written(runs.parent) == {}


def test_leakage_json_has_the_data_sets_of_the_runs(runs, splits):
    compile_report(runs, splits, runs.parent, {})
    found = json.loads((runs.parent / "leakage.json").read_text())
    assert list(found) == ["boston_housing", "chest_xray", "mnist"]
    assert [found[name]["used"]["leaks"] for name in found] == [False, True, False]
    compile_report(runs, splits, runs.parent, {}, names=["mnist-mnist_cnn"])
    assert list(json.loads((runs.parent / "leakage.json").read_text())) == ["mnist"]
