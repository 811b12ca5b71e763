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
LICENCE = "CC BY-NC 4.0"


def write(repository, model):
    """A trained and evaluated run."""
    finish(repository, RUN, model, CLASSES, licence=LICENCE, title="My <own>")
    metrics = {"accuracy": {"value": 0.75, "low": 0.5, "high": 0.9}, "roc_auc": dict.fromkeys(("value", "low", "high"))}
    files.write_json(repository / "reports/runs" / RUN / "metrics.json", metrics)


@pytest.fixture(autouse=True)
def _trained_run(repository):
    import mlflow

    write(repository, network(1, "sigmoid"))
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
    assert version.tags["licence.data"] == LICENCE
    assert f"Licence: {LICENCE}." in version.description.replace("\\", "")
    assert version.description.startswith("**accuracy 0.")
    assert "| accuracy | 0." in version.description
    found = store(repository).get_logged_model(output.model_id).metrics
    assert "test/accuracy" in {metric.key for metric in found}
    assert store(repository).get_registered_model(RUN).aliases == {"current": 1}
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
    first, other = (repository / "models" / RUN / "model.keras").read_bytes(), network(1, "sigmoid")
    other.layers[-1].bias.assign([0.5])
    write(repository, other)
    track(repository)
    assert cli.main(["register", RUN]) == 0
    assert sorted(int(version.version) for version in versions(repository)) == [1, 2]
    assert store(repository).get_model_version_by_alias(RUN, "current").version == 2
    (repository / "models" / RUN / "model.keras").write_bytes(first)
    assert cli.main(["register", RUN]) == 0
    assert store(repository).get_model_version_by_alias(RUN, "current").version == 1


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
