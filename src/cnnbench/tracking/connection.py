"""Opens MLflow's store: made where there is none, moved along with its repository, quick to say that it is dead."""

from __future__ import annotations

import gc
import logging
import os
import shlex
from contextlib import chdir
from typing import Any

from filelock import FileLock

from cnnbench.core import files
from cnnbench.tracking import moved
from cnnbench.tracking.place import Place, sqlite_uri
from cnnbench.tracking.store_error import StoreError

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # with the password in it
    # MLflow imports GitPython, which complains where there is no git.
    "GIT_PYTHON_REFRESH": "quiet",
}
_BOUNDS = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "10", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}
"""Seconds and repetitions of a request: by MLflow's own, 120 and 7, a dead server takes a quarter of an hour."""

_WAIT = 60  # seconds for another process that makes something in the store
_CONNECT = {"connect_timeout": 10}  # seconds; as PostgreSQL's and MySQL's drivers call it


def bound_requests() -> None:
    """Lets MLflow give up a dead server soon, unless the user has set a bound; before MLflow is imported."""
    for name, value in _BOUNDS.items():
        os.environ.setdefault(name, value)


def lock(place: Place) -> FileLock:
    """To be held while making something that must exist once; beside the database, for all who share that."""
    place.folder.mkdir(parents=True, exist_ok=True)
    return FileLock(place.folder / ".mlflow.lock", timeout=_WAIT)


def connect(place: Place) -> tuple[Any, str]:
    """MLflow's client of the store, and the id of the experiment; the lock is to be held."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    gc.disable()  # the import makes many objects and no garbage; it is faster without collections
    from mlflow import MlflowClient

    gc.enable()
    for name in ("mlflow", "alembic", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)  # each of their retries is a warning
    with chdir(place.folder):
        if place.database and not place.database.exists():
            # Aside: two processes that make a database at once, or one killed meanwhile, break it for good.
            with files.aside(place.database) as part:
                dispose(MlflowClient(sqlite_uri(part)))
        _check_database(place)
        moved.follow(place)
        client = MlflowClient(place.uri, place.registry)
    return client, _experiment(client, place)


def dispose(client: Any) -> None:
    """Closes the connections to a database, which MLflow itself keeps for good."""
    tracking = client._tracking_client.store
    if engine := getattr(tracking, "engine", None):
        engine.dispose()


def _check_database(place: Place) -> None:
    """Reads a database once: MLflow tries ten times, for minutes."""
    import sqlalchemy
    from mlflow.store.db.db_types import DATABASE_ENGINES

    if not place.uri.startswith(tuple(DATABASE_ENGINES)):
        return
    engine = sqlalchemy.create_engine(place.uri, connect_args={} if place.uri.startswith("sqlite") else _CONNECT)
    try:
        sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _experiment(client: Any, place: Place) -> str:
    known = client.get_experiment_by_name(place.experiment)
    if known is None:
        # A server has a place of its own for artifacts; a database has the working directory of whoever comes first.
        artifacts = place.artifacts.as_uri() if place.database else None
        kind = {"mlflow.experimentKind": "custom_model_development"}  # so the UI opens on runs, not on chats
        return str(client.create_experiment(place.experiment, artifacts, kind))
    if known.lifecycle_stage == "deleted":
        # The user's own setting holds in the user's shell; it may have a password.
        setting = "" if os.environ.get("MLFLOW_TRACKING_URI") else f"MLFLOW_TRACKING_URI={shlex.quote(place.uri)} "
        raise StoreError(
            f"a deleted experiment {place.experiment}, which `{setting}mlflow experiments restore "
            f"--experiment-id {known.experiment_id}` restores"
        )
    return str(known.experiment_id)
