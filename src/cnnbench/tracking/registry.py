"""MLflow's model registry: models by name and version, each tied to the run that trained it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.runs.record import RunRecord
from cnnbench.tracking import lineage
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import store_errors

_SHA256 = "cnnbench.model_sha256"
_PACKAGES = ("keras", "numpy", "mlflow")


class Registered(NamedTuple):
    """A version in the registry.

    Attributes:
        uri: For `mlflow.pyfunc.load_model`.
        new: Whether it was made now.
        run_id: The MLflow run that it is tied to.
    """

    uri: str
    new: bool
    run_id: str


def register(run: RunRecord, root: Path) -> Registered:
    """Makes a run's model a version of the registered model that is called like the run, once.

    The version has the very file of models/<run>, a signature, pinned requirements, and as tags the hashes and the path
    by which DVC knows the file.

    Raises:
        UserError: There is no model, no MLflow run of it, or MLflow's store does not work.
    """
    path = trained_run.model_path(run.run, root)
    # Loaded out here: a damaged model is no fault of MLflow's store.
    return _register(run.run, path, scoring.load(path))


@store_errors()
def _register(name: str, path: Path, model: Any) -> Registered:
    import mlflow

    sha256 = files.sha256(path)
    tags = lineage.Model.read(name, sha256).tags()
    # The lock: or two calls at once would make a version each.
    with Store() as store, store.lock:
        client = store.client
        versions = client.search_model_versions(f"name='{name}'")
        if known := [version for version in versions if version.tags.get(_SHA256) == sha256]:
            return Registered(_uri(known[0]), new=False, run_id=str(known[0].run_id))
        # Before anything is made: without a run there is to be no model either.
        source = _find_source(store, name, sha256)
        logged = _log_model(client, name, path, model, source, tags)
        if not client.search_registered_models(f"name='{name}'"):
            client.create_registered_model(name)
        mlflow.set_tracking_uri(client.tracking_uri)  # where the registry looks for the model's id
        made = client.create_model_version(
            name, f"models:/{logged.model_id}", source.info.run_id, tags, model_id=logged.model_id
        )
    return Registered(_uri(made), new=True, run_id=source.info.run_id)


def _find_source(store: Store, name: str, sha256: str) -> Any:
    """The MLflow run that trained the model; else the latest that knows it from DVC's cache."""
    runs = store.find_model_runs(name, sha256)
    if not runs:
        raise UserError(f"Expected an MLflow run of {name} with this model, received none: run `cnnbench track` first.")
    return next((run for run in runs if run.data.tags.get("cnnbench.origin") == "training"), runs[0])


def _log_model(client: Any, name: str, path: Path, model: Any, source: Any, tags: dict[str, str]) -> Any:
    """Puts the model into the store as MLflow's Keras flavour, as an output of its run."""
    import mlflow.keras
    from mlflow.entities import LoggedModelOutput, LoggedModelStatus
    from mlflow.models import Model

    # Not mlflow.keras.log_model: the model file is swapped before it is stored.
    logged = client.create_logged_model(
        source.info.experiment_id, name, source.info.run_id, tags=tags, model_type="keras"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        described = Model(run_id=source.info.run_id, model_id=logged.model_id)
        mlflow.keras.save_model(
            model,
            str(place),
            mlflow_model=described,
            signature=_signature(model),
            # without them MLflow infers them, which takes 6 seconds
            pip_requirements=[
                f"{package}=={runtime.installed_version(package)}" for package in (runtime.engine().PACKAGE, *_PACKAGES)
            ],
        )
        shutil.copyfile(path, place / "data" / "model.keras")  # the same bytes as DVC has, not saved anew
        client.log_model_artifacts(logged.model_id, str(place))
    client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
    client.log_outputs(source.info.run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return logged


def _signature(model: Any) -> Any:
    import numpy as np
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    tensor = model.inputs[0]
    inputs = TensorSpec(np.dtype(str(tensor.dtype)), (-1, *tensor.shape[1:]))  # a name would make it a dictionary
    outputs = TensorSpec(np.dtype("float32"), (-1, *model.output_shape[1:]))
    return ModelSignature(Schema([inputs]), Schema([outputs]))


def _uri(version: Any) -> str:
    return f"models:/{version.name}/{version.version}"
