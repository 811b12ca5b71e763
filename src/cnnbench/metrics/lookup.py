"""Rows of the table, by name, number of classes and role."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from cnnbench.core.errors import UserError
from cnnbench.metrics import table
from cnnbench.metrics.metric import Metric

TRACKED = "test_"
"""Prefix of a metric's name in MLflow."""


def names() -> list[str]:
    """The names of all metrics, in order."""
    return [row.name for row in table.METRICS]


def find(name: str) -> Metric:
    """The row of a name; a UserError if there is none."""
    for row in table.METRICS:
        if row.name == name:
            return row
    raise UserError(describe_unknown(name))


def describe_unknown(name: str) -> str:
    """Describes an unknown name in one line, with the nearest known ones."""
    near = get_close_matches(name, names(), n=3)
    meant = f": did you mean {' or '.join(near)}?" if near else "."
    return f"Expected a metric that docs/leaderboard.md lists, received {name!r}{meant}"


def rows(classes: int, given: Collection[str] = ()) -> list[Metric]:
    """The metrics of predictions, in order.

    Args:
        classes: Their number; 0 for a regression.
        given: What comes with them: "threshold", "temperature", "twins", "subgroups".
    """
    return [row for row in table.METRICS if row.task.fits(classes) and (not row.needs or row.needs in given)]


def headline(classes: int) -> Metric:
    """The main metric of a run: the first of its task."""
    return rows(classes)[0]


def headline_of(metrics: Iterable[str]) -> str:
    """The same among the names of a run's metrics: the first in the table's order."""
    return sort_names(metrics)[0]


def beside(classes: int) -> Metric:
    """The second metric of a leaderboard."""
    return next(row for row in rows(classes) if row.beside)


def sort_names(metrics: Iterable[str]) -> list[str]:
    """Sorts names by the table's order, unknown ones after them by name."""
    known = names()
    return sorted(metrics, key=lambda name: (known.index(name) if name in known else len(known), name))


def label(name: str, unit: str = "", positive: str = "") -> str:
    """A metric's label, with the unit of the target or the class that it speaks of: RMSE, 1000 USD; ROC AUC (melanoma).

    A name outside the table, as the recall of one class, is its own label.

    Args:
        name: Of the metric.
        unit: Of the target of a regression.
        positive: The positive one of two classes; empty for other tasks.
    """
    if name not in names():
        return name
    row = find(name)
    return name_class(name, positive, f"{row.label}, {unit}" if unit and row.unit == "target" else row.label)


def name_class(name: str, positive: str, label: str = "") -> str:
    """A metric's name, or another label of it, with the positive class where it speaks of one."""
    return f"{label or name} ({positive})" if positive and is_of_positive(name) else label or name


def is_of_positive(name: str) -> bool:
    """Whether a metric speaks of one of two classes, where there are two."""
    return name in names() and find(name).of_positive


def is_count(name: str) -> bool:
    """Whether a metric counts examples."""
    return name in names() and find(name).unit == "examples"


def is_about_twins(name: str) -> bool:
    """Whether a metric counts the twins or leaves them out."""
    return name in names() and find(name).needs == "twins"


def clean(headline: str) -> str:
    """The name of a headline metric on the test examples without a twin."""
    return f"{headline}_clean"


def worst_group(headline: str) -> str:
    """The name of a headline metric of the worst subgroup."""
    return f"{headline}_worst_group"


def add_prefix(values: Mapping[str, float]) -> dict[str, float]:
    """Values by their metrics' names in MLflow."""
    return {f"{TRACKED}{name}": value for name, value in values.items()}
