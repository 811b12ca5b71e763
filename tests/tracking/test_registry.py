"""A real registry in a temporary repository."""

import shutil

import numpy as np
import pytest
from finished import SIDE, finish, network
from mlflow import MlflowClient

from cnnbench import cli
from cnnbench.core import files
from cnnbench.evaluation import scoring
from cnnbench.runs.record import RunRecord
from cnnbench.tracking import Tracker

pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning:mlflow")
RUN = "own-tiny"
CLASSES = ["benign", "malign"]


@pytest.fixture(autouse=True)
def _trained_run(repository):
    import mlflow

    finish(repository, RUN, network(1, "sigmoid"), CLASSES)
    yield
    mlflow.set_tracking_uri(None)


def track(repository):
    """Makes an MLflow run that trained the model; returns its id."""
    about = RunRecord.read(repository / "reports/runs" / RUN)
    sha256 = files.sha256(repository / "models" / RUN / "model.keras")
    with Tracker() as tracker:
        tracker.start_training(about, {"threads": 2, "device": "cpu"})
        tracker.finish_training("data", sha256)
    client = store(repository)
    experiment = client.get_experiment_by_name("cnnbench").experiment_id
    (run,) = client.search_runs([experiment], f"tags.`cnnbench.model_sha256`='{sha256}'")
    return run.info.run_id


def store(repository):
    return MlflowClient(f"sqlite:///{repository / 'mlflow.db'}")


def versions(repository):
    return store(repository).search_model_versions(f"name='{RUN}'")


def test_a_registered_model_predicts_as_ours(repository, capsys):
    import mlflow.pyfunc

    run_id = track(repository)
    assert cli.main(["register", RUN]) == 0
    assert f"models:/{RUN}/1 registered, of MLflow run {run_id}" in capsys.readouterr().out
    (version,) = versions(repository)
    model = repository / "models" / RUN / "model.keras"
    assert version.run_id == run_id
    assert version.tags["cnnbench.model_sha256"] == files.sha256(model)
    assert version.tags["cnnbench.model_path"] == f"models/{RUN}/model.keras"
    (output,) = store(repository).get_run(run_id).outputs.model_outputs
    assert version.source == f"models:/{output.model_id}"
    assert store(repository).get_run(run_id).info.status == "FINISHED"
    inputs = np.random.default_rng(0).integers(0, 256, (5, SIDE, SIDE, 3), np.uint8)
    loaded = mlflow.pyfunc.load_model(f"models:/{RUN}/1")
    np.testing.assert_array_equal(loaded.predict(inputs), scoring.load(model).predict(inputs, verbose=0))
    assert loaded.metadata.signature.inputs.inputs[0].shape == (-1, SIDE, SIDE, 3)
    assert loaded.metadata.signature.inputs.inputs[0].type == np.dtype("uint8")
    assert loaded.metadata.signature.outputs.inputs[0].shape == (-1, 1)
    with pytest.raises(Exception, match=r"incompatible|Cannot convert|shape"):
        loaded.predict(inputs[:, :3])
    (stored,) = (repository / "mlartifacts").rglob("model.keras")
    assert stored.read_bytes() == model.read_bytes()
    pinned = (stored.parents[1] / "requirements.txt").read_text().split()
    assert {line.split("==")[0] for line in pinned} == {"keras", "tensorflow", "numpy", "mlflow"}


def test_the_same_model_makes_no_second_version_and_another_one_does(repository, capsys):
    track(repository)
    for _ in range(2):
        assert cli.main(["register", RUN]) == 0
    assert f"models:/{RUN}/1 is this model already: no new version made" in capsys.readouterr().out
    assert len(versions(repository)) == 1
    other = network(1, "sigmoid")
    other.layers[-1].bias.assign([0.5])
    finish(repository, RUN, other, CLASSES)
    track(repository)
    assert cli.main(["register", RUN]) == 0
    assert sorted(int(version.version) for version in versions(repository)) == [1, 2]


def test_a_model_without_an_mlflow_run_says_what_to_call(repository, capsys):
    assert cli.main(["register", RUN]) == 2
    err = capsys.readouterr().err
    assert (
        err == f"error: Expected an MLflow run of {RUN} with this model, received none: run `cnnbench track` first.\n"
    )
    assert not versions(repository)


def test_unknown_runs_broken_stores_and_missing_models_are_refused(repository, capsys, monkeypatch):
    assert cli.main(["register", "nosuch"]) == 2
    assert "received 'nosuch'" in capsys.readouterr().err
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nosuch://store")
    assert cli.main(["register", RUN]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: Expected a working MLflow store, received ")
    assert err.count("\n") == 1
    shutil.rmtree(repository / "models")
    assert cli.main(["register", RUN]) == 2
    assert f"run `dvc repro train@{RUN}`" in capsys.readouterr().err
