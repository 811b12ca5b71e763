"""Settings as MLflow's parameters: names with dots, and texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested mappings, as recipe.schedule.name."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same as text; the one sequence among them, a shape, as 28x28x1."""
    for key, value in flatten(values):
        yield key, "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
