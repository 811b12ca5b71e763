"""A spool's events, applied to the store: at once as they come, or later, what an earlier stage left behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cnnbench.runs.record import Plan, TrainingRecord
from cnnbench.tracking import spool
from cnnbench.tracking.store import Store
from cnnbench.tracking.store_error import StoreError, redact, store_errors, warn

Call = tuple[str, float, dict[str, Any]]
"""An event's name, time and content."""

_RECORDS: dict[str, type[Plan]] = {
    "start_training": Plan,
    "start_trial": Plan,
    "start_evaluation": TrainingRecord,
}
"""Events that come with a record, as JSON within the JSON, and its class."""


def parse(events: Iterable[spool.Event]) -> Iterator[Call]:
    """Reads the records within the events.

    Raises:
        KeyError, TypeError, ValueError: An event is none of this version.
    """
    for event in events:
        content = dict(event)
        name, now = content.pop("event"), content.pop("now")
        if kind := _RECORDS.get(name):
            content["record"] = kind.model_validate_json(content["record"])
        yield name, now, content


def apply(store: Store, calls: Iterable[Call]) -> None:
    """Passes events to the store, which may have had some before: the same event twice is as once."""
    for name, now, content in calls:
        store.now = now
        getattr(store, name)(**content)
    store.flush()


def complete_runs(store: Store) -> list[str]:
    """Gives the store what earlier stages could not, and removes their spools.

    Returns:
        The names of the runs that are complete now.

    Raises:
        StoreError: The store does not work. What it did not take stays where it is.
    """
    return [name for path in spool.left() if (name := _complete(store, path))]


def _complete(store: Store, path: Path) -> str:
    with spool.taking_over(path) as file:
        if file is None:
            return ""
        try:
            calls = list(parse(spool.read(file)))
            belongs = not calls or calls[0][2]["store"] == store.place.name
        except (KeyError, TypeError, ValueError) as error:
            return _set_aside(path, f"{type(error).__name__}: {error}")
        if not belongs:
            return ""
        try:
            with store_errors():
                apply(store, calls)
                name = store.close_run()
        except StoreError as error:
            if not error.refused:
                raise
            return _set_aside(path, error.reason)
        path.unlink(missing_ok=True)
        return name


def _set_aside(path: Path, reason: str) -> str:
    """Keeps a spool that would fail every time from those that come after it."""
    path.rename(path.with_suffix(".rejected"))
    warn(f"{path.name} is set aside as .rejected ({redact(' '.join(reason.split()))[:200]})")
    return ""
