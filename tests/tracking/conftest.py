"""A repository with an empty MLflow store, and its content."""

import shutil
import time

import pytest
from filelock import FileLock
from mlflow import MlflowClient


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
        experiment = client.get_experiment_by_name("cnnbench")
        assert experiment.artifact_location == (repository / "mlartifacts").as_uri()
        runs = client.search_runs([experiment.experiment_id])
        return client, [run for run in runs if "cnnbench.run" in run.data.tags]

    return read


@pytest.fixture
def wait_for_status(repository, tracked):
    """Waits until the one run has this status, which a process that nobody waits for gives it."""

    def wait(status):
        seen = None
        for _ in range(300):
            # The lock: a reader must not race the experiment's creation.
            with FileLock(repository / ".mlflow.lock"):
                known = MlflowClient(f"sqlite:///{repository / 'mlflow.db'}").get_experiment_by_name("cnnbench")
            seen = [run.info.status for run in tracked()[1]] if known else None
            if seen == [status]:
                return
            time.sleep(0.2)
        pytest.fail(f"the runs are {seen}")

    return wait
