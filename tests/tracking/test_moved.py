"""A repository with runs, moved and copied."""

import shutil
from pathlib import Path

import pytest
from run_record import record

from cnnbench.tracking.place import Place
from cnnbench.tracking.store import Store


def log(folder, name, monkeypatch):
    """Logs a run with an artifact, in the repository of this folder; returns the artifacts of all runs by name."""
    monkeypatch.chdir(folder)
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out" / "made.txt").write_text(name)
    with Store() as store:
        store.begin(name, "", {})
        store.start_training(record(name), {}, False)
        store.log_artifacts(str(folder / "out"))
        logged = store.client.create_logged_model(store.experiment, f"model-{name}", store._run)
        store.client.log_model_artifacts(logged.model_id, str(folder / "out"))
        store.client.create_registered_model(f"model-{name}")
        store.client.create_model_version(f"model-{name}", logged.artifact_location, model_id=logged.model_id)
        store.end({})
        store.close_run()
        own = (folder / "mlartifacts").as_uri()
        for model in store.client.search_logged_models([store.experiment]):
            assert model.artifact_location.startswith(own)
        for version in store.client.search_model_versions():
            assert store.client.get_model_version_download_uri(version.name, version.version).startswith(own)
        runs = store.client.search_runs([store.experiment])
        for run in runs:
            assert run.info.artifact_uri.startswith(own), "a file of this repository"
        return {run.info.run_name: mlflow_reads(store, run) for run in runs}


def mlflow_reads(store, run):
    return Path(store.client.download_artifacts(run.info.run_id, "made.txt")).read_text()


def listing(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.fixture
def old(tmp_path, database, monkeypatch):
    folder = tmp_path / "an old place"
    (folder / ".dvc").mkdir(parents=True)
    shutil.copy(database, folder / "mlflow.db")
    assert log(folder, "a", monkeypatch) == {"a": "a"}
    return folder


def test_artifacts_follow_a_repository_that_is_moved(old, tmp_path, monkeypatch):
    new = old.rename(tmp_path / "a % new 'place'?")
    # another process than the one that opened the old database, as MLflow keeps its connections
    assert log(new, "b", monkeypatch) == {"a": "a", "b": "b"}
    assert not old.exists()


def test_a_copy_has_artifacts_of_its_own_and_leaves_the_original_alone(old, tmp_path, monkeypatch):
    new = tmp_path / "copy"
    shutil.copytree(old, new)
    before = listing(old)
    assert log(new, "b", monkeypatch) == {"a": "a", "b": "b"}
    assert listing(old) == before
    assert log(old, "c", monkeypatch) == {"a": "a", "c": "c"}


def test_a_database_of_several_repositories_keeps_its_places(old, tmp_path, monkeypatch):
    shared = tmp_path / "shared" / "mlflow.db"
    shared.parent.mkdir()
    shutil.copy(old / "mlflow.db", shared)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shared}")
    for name in ("one", "two"):
        (tmp_path / name / ".dvc").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        with Store() as store:
            assert store.place == Place.find()
            (run,) = store.client.search_runs([store.experiment])
            assert run.info.artifact_uri.startswith((old / "mlartifacts").as_uri())
