"""Rows of the table, by what one knows of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from cnnbench.core.errors import UserError
from cnnbench.metrics import table
from cnnbench.metrics.metric import Metric

TRACKED = "test_"
"""Begins a metric's name in MLflow."""


def names() -> list[str]:
    """The names of all metrics, in order."""
    return [row.name for row in table.METRICS]


def find(name: str) -> Metric:
    """The row of a name.

    Raises:
        UserError: There is none.
    """
    for row in table.METRICS:
        if row.name == name:
            return row
    raise UserError(describe_unknown(name))


def describe_unknown(name: str) -> str:
    """What is wrong with a name that no metric has, in one line."""
    near = get_close_matches(name, names(), n=3)
    meant = f": did you mean {' or '.join(near)}?" if near else "."
    return f"Expected a metric that docs/leaderboard.md lists, received {name!r}{meant}"


def rows(classes: int, chosen: Collection[str] = ()) -> list[Metric]:
    """The metrics of predictions of so many classes, 0 for a regression, in order.

    Args:
        classes: How many there are.
        chosen: What validation data chose: "threshold", "temperature".
    """
    return [row for row in table.METRICS if row.task.fits(classes) and (not row.chosen or row.chosen in chosen)]


def headline(classes: int) -> Metric:
    """The one metric that stands for a run: the first of its task."""
    return rows(classes)[0]


def beside(classes: int) -> Metric:
    """The metric that the leaderboards show beside the headline."""
    return next(row for row in rows(classes) if row.beside)


def ordered(found: Iterable[str]) -> list[str]:
    """Names in the table's order, others after them by name."""
    known = names()
    return sorted(found, key=lambda name: (known.index(name) if name in known else len(known), name))


def label(name: str, unit: str = "") -> str:
    """A metric's label for people, with the unit of the target where it is in it: RMSE, 1000 USD.

    What is no metric of the table, as recall of one class, is its own label.
    """
    if name not in names():
        return name
    row = find(name)
    return f"{row.label}, {unit}" if unit and row.unit == "target" else row.label


def tracked(values: Mapping[str, float]) -> dict[str, float]:
    """Metrics under the names that they have in MLflow."""
    return {f"{TRACKED}{name}": value for name, value in values.items()}
