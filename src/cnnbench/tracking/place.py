"""Where MLflow's store is: beside the user's repository, or where the environment says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote, unquote

from cnnbench.core.paths import repository
from cnnbench.tracking.errors import redact

_SQLITE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!:memory:|file:)([^?]+)(\?.*)?")
_NAMES = {"databricks", "databricks-uc", "uc"}  # MLflow's words for a server: no paths


class Place(NamedTuple):
    """MLflow's store as the environment names it, each relative path meant from the user's repository.

    Attributes:
        home: The user's repository.
        uri: Of the store, for a process that works in `folder`.
        registry: Of the model registry, where it is another.
        experiment: The name of MLflow's experiment.
        database: The file of an SQLite store; else None.
    """

    home: Path
    uri: str
    registry: str | None
    experiment: str
    database: Path | None

    @classmethod
    def find(cls) -> Self:
        """Reads the environment."""
        home = repository().resolve()
        # An absolute path: MLflow's own default follows the working directory.
        uri, database = _absolute(os.environ.get("MLFLOW_TRACKING_URI", "").strip() or "sqlite:///mlflow.db", home)
        registry = os.environ.get("MLFLOW_REGISTRY_URI", "").strip()
        experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", "").strip() or "cnnbench"
        return cls(home, uri, _absolute(registry, home)[0] if registry else None, experiment, database)

    @property
    def folder(self) -> Path:
        """The folder of the database, and of what lies beside it: whoever shares that shares the artifacts."""
        return self.database.parent if self.database else self.home

    @property
    def artifacts(self) -> Path:
        """The folder of the artifacts of an SQLite store."""
        return self.folder / "mlartifacts"

    @property
    def name(self) -> str:
        """Tells one store and experiment from another; it has no password, and is the same after a move."""
        inside = self.database and self.database.is_relative_to(self.home)
        store = self.database.relative_to(self.home).as_posix() if self.database and inside else redact(self.uri)
        return f"{store} {self.experiment}"


def sqlite_uri(database: Path, query: str = "") -> str:
    """The URI of an SQLite database for MLflow, in a process that works in the database's folder."""
    # Quoted whole, MLflow would make a stray folder of the quoted name; unquoted, SQLAlchemy would misread it.
    # A relative path is resolved once, when MLflow first opens it.
    special = {"%", "?"} & {*str(database)}
    return f"sqlite:///{quote(database.name) if special else database}{query}"


def _absolute(uri: str, home: Path) -> tuple[str, Path | None]:
    """A URI whose path starts at the root; and the database in it, if it is SQLite's."""
    if match := _SQLITE.fullmatch(uri):
        database = home / unquote(match[2])  # joining leaves an absolute path as it is
        return sqlite_uri(database, match[3] or "").replace("sqlite:///", match[1], 1), database
    scheme, colon, path = uri.partition(":")
    if uri in _NAMES or (colon and scheme != "file"):
        return uri, None
    if path.startswith("//"):
        return uri, None
    return (home / (path if colon else uri)).as_uri(), None
