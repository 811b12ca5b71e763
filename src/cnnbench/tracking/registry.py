"""MLflow's model registry: models by name and version, each tied to the run that trained it."""

from __future__ import annotations

import math
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from cnnbench.backend import runtime
from cnnbench.core import files
from cnnbench.core.errors import UserError
from cnnbench.evaluation import scoring
from cnnbench.inference import trained_run
from cnnbench.metrics import lookup
from cnnbench.results import staleness
from cnnbench.results.run_result import RunResult
from cnnbench.runs.record import RunRecord
from cnnbench.tracking import lineage, model_note, names
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import store_errors

_SHA256 = "cnnbench.model_sha256"
ALIAS = "current"
"""Of the version that models/<run> holds: models:/<run>@current."""
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

    The version has the very file of models/<run>, a signature, pinned requirements, its test metrics, a description
    with the licence of its data, and as tags the hashes and the path by which DVC knows the file. `ALIAS` names the
    version that models/<run> holds.

    Raises:
        UserError: There is no model, no MLflow run of it, its results are of another training, or MLflow's store does
            not work.
    """
    runs = root / "reports/runs"
    staleness.check_trainings(runs, root / "models", [run.run])
    result = RunResult.read(runs / run.run)
    _ = result.metrics  # read now: a damaged file must show before anything is made
    path = trained_run.model_path(run.run, root)
    # Loaded out here: a damaged model is no fault of MLflow's store.
    return _register(result, path, scoring.load(path))


@store_errors()
def _register(result: RunResult, path: Path, model: Any) -> Registered:
    import mlflow

    name = result.run
    sha256 = files.sha256(path)
    tags = lineage.Model.read(name, sha256).tags() | model_note.licences(result)
    # The lock: or two calls at once would make a version each.
    with Store() as store, store.lock:
        client = store.client
        versions = client.search_model_versions(f"name='{name}'")
        if known := [version for version in versions if version.tags.get(_SHA256) == sha256]:
            client.set_registered_model_alias(name, ALIAS, known[0].version)
            return Registered(_uri(known[0]), new=False, run_id=str(known[0].run_id))
        # Before anything is made: without a run there is to be no model either.
        source = _find_source(store, name, sha256)
        logged = _log_model(client, name, path, model, source, tags)
        if not client.search_registered_models(f"name='{name}'"):
            client.create_registered_model(name, description=f"{result.title}: {result.architecture}.")
        mlflow.set_tracking_uri(client.tracking_uri)  # where the registry looks for the model's id
        made = client.create_model_version(
            name,
            f"models:/{logged.model_id}",
            source.info.run_id,
            tags,
            description=model_note.describe(result),
            model_id=logged.model_id,
        )
        _log_metrics(client, result, source.info.run_id, logged.model_id)
        client.set_registered_model_alias(name, ALIAS, made.version)
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


def _log_metrics(client: Any, result: RunResult, run_id: str, model_id: str) -> None:
    """Logs the test metrics as those of the model, which the registry's page shows."""
    from mlflow.entities import Metric

    now, values = int(time.time() * 1000), {name: one.value for name, one in result.metrics.items()}
    metrics = [
        Metric(names.place(key), value, now, 0, model_id=model_id)
        for key, value in lookup.add_prefix(values).items()
        if math.isfinite(value)
    ]
    client.log_batch(run_id, metrics=metrics)


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
