"""Advice to `dvc pull` is given where a remote is set, wherever DVC has that from."""

import subprocess

import pytest
from dvc.cli import main as dvc

from cnnbench.core.dvc_remote import suggest_pull

pytestmark = pytest.mark.filterwarnings("ignore")  # DVC's own


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert dvc(["init", "--quiet"]) == 0
    return tmp_path


@pytest.mark.parametrize("level", ["--project", "--local", "--global"])
def test_it_is_given_with_a_default_remote_alone(root, level):
    missing = root / "models/net/model.keras"
    assert suggest_pull(missing, "it") == ""
    assert dvc(["remote", "add", "--quiet", level, "storage", "s3://bucket/remote"]) == 0
    assert suggest_pull(missing, "it") == "", "DVC would not know which"
    assert dvc(["remote", "default", "--quiet", level, "storage"]) == 0
    assert suggest_pull(missing, "it") == ", or `dvc pull` it"
    assert dvc(["remote", "default", "--quiet", level, "--unset"]) == 0
    assert suggest_pull(missing, "it") == ""


def test_it_is_not_given_outside_a_repository(tmp_path):
    assert suggest_pull(tmp_path / "model.keras", "it") == ""
