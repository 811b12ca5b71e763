"""Files that the workspace has lost and DVC's cache still has."""

import shutil
import sqlite3

import pytest
from dvc.repo import Repo

from cnnbench.tracking.dvc_files import DvcFiles

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value will soon:DeprecationWarning")  # DVC's own


def test_a_model_of_the_cache_is_hashed_and_no_database_stays_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "models/mine/model.keras"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"weights")
    with Repo.init(no_scm=True) as repo:
        repo.add("models/mine")
    made, connect = [], sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: made.append(connect(*args, **options)) or made[-1])
    with DvcFiles() as files:
        here = files.model("mine")
        shutil.rmtree(model.parent)
        assert files.model("mine") == here
    assert made
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            _ = connection.total_changes
