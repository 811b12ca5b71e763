"""URIs of stores, and real stores in folders of odd names."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from run_record import record

from cnnbench.tracking.place import Place
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import StoreError


@pytest.mark.parametrize(
    ("given", "uri"),
    [
        ("", "sqlite:///{home}/mlflow.db"),
        ("sqlite:///mlflow.db", "sqlite:///{home}/mlflow.db"),
        ("sqlite:///./store/my%20runs.db?timeout=3", "sqlite:///{home}/store/my runs.db?timeout=3"),
        ("sqlite:////srv/mlflow.db", "sqlite:////srv/mlflow.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("mlruns", "file://{home}/mlruns"),
        ("./mlruns", "file://{home}/mlruns"),
        ("file:./x", "file://{home}/x"),
        ("file:mlruns", "file://{home}/mlruns"),
        ("file:///srv/mlruns", "file:///srv/mlruns"),
        ("/srv/mlruns", "file:///srv/mlruns"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("postgresql+psycopg2://me:secret@host/db", "postgresql+psycopg2://me:secret@host/db"),
        ("databricks", "databricks"),
        ("databricks://profile", "databricks://profile"),
    ],
)
def test_a_relative_path_starts_at_the_users_repository(tmp_path, monkeypatch, given, uri):
    copy = tmp_path / ".dvc/tmp/exps/tmpx"  # where DVC runs a queued experiment
    copy.mkdir(parents=True)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"):
        monkeypatch.setenv(name, given)
    place = Place.find()
    assert place.uri == uri.format(home=tmp_path)
    assert place.registry == (uri.format(home=tmp_path) if given else None)


def test_a_store_is_known_by_a_name_without_password_that_outlives_a_move(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///store/x.db")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    for name in ("before", "after"):
        (tmp_path / name / ".dvc").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        assert Place.find().name == "store/x.db mine"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@host:5000")
    assert Place.find().name == "http://***@host:5000 mine"


def test_a_folder_of_any_name_holds_store_and_artifacts(tmp_path):
    name = "100% a%20b what? no#1 it's Übung é"  # in one, since MLflow takes seconds to make a database
    home = tmp_path / name / "repository"
    (home / ".dvc").mkdir(parents=True)
    (home / "out").mkdir()
    (home / "out" / "roc.txt").write_text("picture")
    script = textwrap.dedent("""
        import json, sys
        from pathlib import Path
        from cnnbench.runs.record import Plan
        from cnnbench.tracking.store import Store
        with Store() as store:
            store.begin("id", "", {})
            store.start_training(Plan.model_validate_json(sys.argv[1]), {}, False)
            store.log_artifacts(str(Path("out").absolute()))
            store.end({"train_seconds": 1.0})
            store.close_run()
            (run,) = store.client.search_runs([store.experiment])
            read = store.client.download_artifacts(run.info.run_id, "roc.txt")
            print(json.dumps([run.info.artifact_uri, Path(read).read_text()]))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, record("r").model_dump_json()], cwd=home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    uri, read = json.loads(done.stdout)
    assert read == "picture"
    assert uri.startswith((home / "mlartifacts").as_uri())
    assert {path.name for path in home.iterdir()} == {".dvc", ".mlflow.lock", "mlartifacts", "mlflow.db", "out"}
    assert [path.name for path in tmp_path.iterdir()] == [name], "no stray folder of the quoted name"


def test_the_environment_names_the_experiment(repository, monkeypatch):
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    with Store() as store:
        assert store.client.get_experiment_by_name("cnnbench") is None
        assert store.client.get_experiment_by_name("mine").artifact_location == (repository / "mlartifacts").as_uri()


@pytest.mark.parametrize("given", ["", "sqlite:///mlflow.db"])
def test_a_deleted_experiment_is_one_line_with_the_command_that_restores_it(repository, monkeypatch, given):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
    with Store() as store:
        store.client.delete_experiment(store.experiment)
    with pytest.raises(StoreError) as caught:
        Store()
    setting = "" if given else f"MLFLOW_TRACKING_URI=sqlite:///{repository}/mlflow.db "
    assert f"`{setting}mlflow experiments restore --experiment-id 1`" in str(caught.value)


def test_a_file_store_which_mlflow_no_longer_has_is_one_line(repository, monkeypatch):
    from cnnbench.tracking.store_error import store_errors

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "./mlruns")
    with pytest.raises(StoreError, match="maintenance mode") as caught, store_errors():
        Store()
    assert "\n" not in str(caught.value)
    assert not Path("mlruns").exists()
