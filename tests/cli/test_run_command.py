"""`cnnbench run` as it is typed, on a pipeline of small commands with the shipped settings."""

import shutil
import subprocess

import pytest
from dvc.cli import main as dvc
from report_folder import LEADERBOARD
from toys import SHIPPED

from cnnbench import cli
from cnnbench.cli import track
from cnnbench.core.errors import UserError

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own
PIPELINE = """stages:
  evaluate:
    foreach: ${runs}
    do:
      cmd: grep -v ${key} bad; echo ${item.dataset} > runs/${key}
      outs: ["runs/${key}"]
  baselines:
    foreach: ${datasets}
    do:
      cmd: echo ${key} > baselines/${key}
      outs: ["baselines/${key}"]
  report:
    cmd: (cd runs && ls) > reports/runs.txt; (cd baselines && ls) > reports/baselines.txt
    deps: [runs, baselines]
    outs: [reports/runs.txt, reports/baselines.txt]
  after:
    cmd: touch after
    deps: [reports/runs.txt]
    outs: [after]
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # a server, of which no store is made
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert dvc(["init", "--quiet"]) == 0
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    for folder in ("runs", "baselines", "reports"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bad").write_text("nothing\n")
    (tmp_path / "reports/leaderboard.csv").write_text(LEADERBOARD)
    shutil.copy(SHIPPED, tmp_path)
    return tmp_path


@pytest.fixture
def tracked(monkeypatch):
    """The folders of reports that were completed in MLflow."""
    folders = []
    monkeypatch.setattr(track, "complete", folders.append)
    return folders


def listed(repository, name):
    return (repository / "reports" / name).read_text().split()


def test_chosen_runs_are_made_with_their_baselines_and_reported(repository, tracked, capsys):
    assert cli.main(["run", "mnist", "boston*"]) == 0
    out = capsys.readouterr().out
    assert listed(repository, "runs.txt") == ["boston_housing-conv1d", "mnist-mnist_cnn"]
    assert listed(repository, "baselines.txt") == ["boston_housing", "mnist"]
    assert not (repository / "after").exists(), "only the report comes after"
    assert [str(folder) for folder in tracked] == ["reports"]
    assert "5 stages in" in out
    table = out[out.index("headline metric") :]
    assert "boston_housing-conv1d" in table
    assert "chest_xray-chest_cnn" not in table

    assert cli.main(["run", "cifar10-cifar_cnn"]) == 0, "the report has what was there before, too"
    assert listed(repository, "runs.txt") == ["boston_housing-conv1d", "cifar10-cifar_cnn", "mnist-mnist_cnn"]
    assert dvc(["status", "--quiet", "report"]) == 0


def test_a_stage_that_fails_leaves_the_report_and_is_code_1(repository, tracked, capsys):
    (repository / "dvc.yaml").write_text(PIPELINE.replace("; echo", " && echo"))
    (repository / "bad").write_text("mnist-mnist_cnn\n")
    assert cli.main(["run", "mnist"]) == 1
    out = capsys.readouterr().out
    assert "evaluate@mnist-mnist_cnn: FAILED" in out
    assert "report: not run, since evaluate@mnist-mnist_cnn failed" in out
    assert not (repository / "reports/runs.txt").exists()
    assert tracked == []


def test_a_target_that_is_none_is_answered_with_the_nearest(repository, capsys):
    for word, near in (("evaluate@mnist-mnist_cn", "evaluate@mnist-mnist_cnn"), ("reprot", "report")):
        assert cli.main(["bench", word]) == 2
        assert f"(did you mean {near}?)" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["bench", "evaluate"], ["run", "mnist"]])
def test_what_makes_results_tracks_them(repository, tracked, command):
    assert cli.main(command) == 0
    assert [str(folder) for folder in tracked] == ["reports"]


def test_what_cannot_be_tracked_yet_is_a_warning(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def fail(arguments):
        raise UserError("Expected the file reports/runs/x/run.json, received none.")

    monkeypatch.setattr(track, "run", fail)
    track.complete(tmp_path)
    assert capsys.readouterr().err == "", "there is no report"
    (tmp_path / "leaderboard.csv").touch()
    track.complete(tmp_path)
    assert capsys.readouterr().err.startswith("warning: not all is in MLflow yet: Expected the file ")
