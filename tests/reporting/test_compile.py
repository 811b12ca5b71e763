import json

import pytest

from cnnbench.errors import UserError
from cnnbench.params import Bound
from cnnbench.reporting import compile_report

THRESHOLDS = {"mnist-mnist_cnn": {"accuracy": Bound(kind="min", value=0.9)}}
FILES = {
    "index.html", "report.md", "leaderboard.csv", "metrics.json", "headline.json",
    "plots/roc.csv", "plots/history.csv", "plots/confusion.csv",
}  # fmt: skip


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "runs"
    }


def test_writes_every_file_and_prints_nothing(runs, capsys):
    compile_report(runs, runs.parent, THRESHOLDS)
    assert set(written(runs.parent)) == FILES
    assert capsys.readouterr() == ("", "")
    assert json.loads((runs.parent / "headline.json").read_text())["mnist-mnist_cnn"] == 0.96


def test_bytes_do_not_depend_on_the_folder(tmp_path, three):
    folders = [tmp_path / "a" / "reports", tmp_path / "b" / "c" / "reports"]
    for folder in folders:
        compile_report(three(folder / "runs"), folder, THRESHOLDS)
    first, second = map(written, folders)
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())


def test_only_the_runs_named(runs):
    compile_report(runs, runs.parent, {}, names=["mnist-mnist_cnn"])
    assert list(json.loads((runs.parent / "headline.json").read_text())) == ["mnist-mnist_cnn"]


def test_writes_nothing_where_a_run_is_damaged(runs):
    (runs / "mnist-mnist_cnn" / "roc.csv").unlink()
    with pytest.raises(UserError, match=r"roc\.csv"):
        compile_report(runs, runs.parent, THRESHOLDS)
    assert written(runs.parent) == {}
