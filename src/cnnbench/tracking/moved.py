"""Artifacts of a repository that was moved or copied: MLflow's database holds their old, absolute places."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from cnnbench.tracking.place import Place

_COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
_FOLDERS = ("mlartifacts", "mlruns")  # the second is MLflow's own, of its experiment "Default"


def follow(place: Place) -> None:
    """Rewrites the places of artifacts to where the database is now, if it was elsewhere before.

    Else a moved repository would make its old folder anew, and a copy would write into the original.
    """
    database, own = place.database, place.artifacts
    # A database outside belongs to others as well: their artifacts lie where they lie.
    if database is None or not (database.is_relative_to(place.home) or own.is_dir()):
        return
    # MLflow's client changes no experiment's place.
    with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "experiments" not in known:
            return
        query = (
            "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE 'file:///%/mlartifacts'"
        )
        for (old,) in connection.execute(query).fetchall():
            if old != own.as_uri():
                _rewrite(connection, old.removesuffix("/mlartifacts"), own.parent, known)


def _rewrite(connection: sqlite3.Connection, old: str, new: Path, known: set[str]) -> None:
    pairs = [(old, new.as_uri()), (unquote(old.removeprefix("file://")), str(new))]
    for table, column in _COLUMNS:
        if table not in known:
            continue
        for before, after in [(f"{one}/{name}", f"{two}/{name}") for one, two in pairs for name in _FOLDERS]:
            # Compared letter by letter: % and _ mean something to LIKE. The slash: /a/mlruns is no part of /a/mlruns2.
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column} || '/', 1, ?) = ?",  # noqa: S608
                (after, len(before) + 1, len(before) + 1, f"{before}/"),
            )
