"""A repository with an empty MLflow store, and its content."""

import shutil

import pytest
from mlflow import MlflowClient

from cnnbench.tracking import store


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """An MLflow database without experiments of ours; MLflow takes seconds to make one."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def repository(tmp_path, monkeypatch, database):
    """A folder with .dvc/ and the database, as working directory."""
    (tmp_path / ".dvc").mkdir()
    shutil.copy(database, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tracked(repository):
    """Reads the store: returns MLflow's client and the runs of the benchmark, latest first."""

    def read():
        client = MlflowClient(f"sqlite:///{repository / 'mlflow.db'}")
        experiment = client.get_experiment_by_name(store.EXPERIMENT)
        assert experiment.artifact_location == (repository / "mlartifacts").as_uri()
        runs = client.search_runs([experiment.experiment_id])
        return client, [run for run in runs if "cnnbench.run" in run.data.tags]

    return read
