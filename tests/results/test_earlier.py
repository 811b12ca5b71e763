import json
import math
import shutil
import subprocess

import pytest
from dvc.repo import Repo

from cnnbench.core.errors import UserError
from cnnbench.results import earlier

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value will soon:DeprecationWarning")  # DVC's own


@pytest.fixture
def repository(tmp_path, results, monkeypatch):
    """A repository whose HEAD has the results of two runs in DVC's cache."""
    reports = results("reports")
    reports.classifier("r", 5)
    reports.classifier("s", 6)
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    with Repo.init() as repo:
        repo.add(["reports/metrics.json", "reports/runs/r", "reports/runs/s"])
    git("add", ".")
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message", "results")
    return reports


def git(*arguments):
    subprocess.run(["git", *arguments], check=True)


def test_a_revision_has_its_metrics_and_predictions(repository, tmp_path):
    metrics, predictions = dict(repository.metrics), (repository.folder / "runs/r/predictions.parquet").read_bytes()
    shutil.rmtree(tmp_path / "reports")
    with earlier.read("HEAD", ["r", "t"]) as found:
        assert found.metrics == metrics
        assert found.predicted == {"r"}
        assert (found.folder / "r/predictions.parquet").read_bytes() == predictions
        assert (found.folder / "r/run.json").exists()
    assert not found.folder.exists()


def test_a_file_has_figures_alone(repository):
    with earlier.read("reports/metrics.json", ["r"]) as found:
        assert found.metrics == repository.metrics
        assert found.predicted == set()


def test_a_leaderboard_has_the_same_figures(tmp_path):
    table = tmp_path / "leaderboard.csv"
    table.write_text(
        "run,unit,accuracy,accuracy_low,accuracy_high,rmse,rmse_low,rmse_high,rank,rank_low,rank_high\n"
        "r,,0.900000,0.800000,,,,,1,1,2\n"
    )
    with earlier.read(str(table), []) as found:
        assert found.metrics == {"r": {"accuracy": pytest.approx((0.9, 0.8, math.nan), nan_ok=True)}}


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "run,x,x_low,x_high\nr,much,0,1\n", "run,x,x_low,x_high\nr,1\n"])
def test_a_table_that_is_no_leaderboard_is_refused(tmp_path, content):
    table = tmp_path / "table.csv"
    table.write_text(content)
    with pytest.raises(UserError, match=r"Expected the leaderboard\.csv of a report in"):
        earlier.read_metrics(table)


def test_predictions_that_the_cache_lacks_are_left_out(repository, tmp_path):
    for path in (tmp_path / ".dvc/cache").rglob("*"):
        if path.is_file() and path.read_bytes()[:4] == b"PAR1":
            path.unlink()
    with earlier.read("HEAD", ["r", "s"]) as found:
        assert found.metrics == repository.metrics
        assert found.predicted == set()


def test_predictions_beside_a_record_of_another_version_are_left_out(repository, tmp_path):
    path = tmp_path / "reports/runs/r/run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"published_recipe": "as in the paper"}))
    with Repo() as repo:
        repo.add(["reports/runs/r"])
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--all", "--message", "another version")
    with earlier.read("HEAD", ["r", "s"]) as found:
        assert found.metrics == repository.metrics
        assert found.predicted == {"s"}


def test_metrics_that_the_cache_lacks_are_an_error_of_one_line(repository, tmp_path):
    shutil.rmtree(tmp_path / ".dvc/cache/files")
    with pytest.raises(
        UserError, match=r"^Expected reports/metrics.json of HEAD in DVC's cache, received none: [^\n]*$"
    ):
        earlier.read("HEAD", ["r"]).__enter__()


@pytest.mark.parametrize("name", ["nosuch", "absent.json"])
def test_what_is_neither_is_an_error(repository, name):
    with pytest.raises(
        UserError, match=f"Expected a git revision or a metrics.json after --against, received '{name}'"
    ):
        earlier.read(name, []).__enter__()


def test_without_a_repository_a_revision_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="Expected a git revision or a metrics"):
        earlier.read("HEAD", []).__enter__()
