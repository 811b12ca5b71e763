"""Whether MLflow has all of the last report already, without asking it: its import alone takes two seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnbench.core import files
from cnnbench.tracking import spool
from cnnbench.tracking.place import Place

_FILE = Path(".cnnbench/tracked.json")  # in the root, where `cnnbench track` works


def is_settled(reports: Path) -> bool:
    """Whether nothing has changed since `note`: the report, models and data as dvc.lock has them, a store in a file."""
    try:
        noted = files.read_json(_FILE)
    except (OSError, ValueError):
        return False
    return not spool.left() and noted == _describe(reports)


def note(reports: Path) -> None:
    """Notes that the store has everything."""
    if known := _describe(reports):
        files.write_json(_FILE, known)


def _describe(reports: Path) -> dict[str, Any] | None:
    """What `cnnbench track` reads and writes; None where it cannot be told."""
    database = Place.find().database
    try:
        store = database.stat() if database else None
        hashes = {path.name: files.sha256(path) for path in (Path("dvc.lock"), reports / "leaderboard.csv")}
        costs = (reports / "costs.js").stat()
    except OSError:
        return None
    if store is None:  # a server: only it knows
        return None
    return hashes | {"name": Place.find().name, "store": [store.st_mtime_ns, store.st_size], "costs": costs.st_mtime_ns}
