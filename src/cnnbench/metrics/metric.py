"""A metric: a row of the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.means import Floats
from cnnbench.metrics.predictions import Predictions, Resamples
from cnnbench.metrics.significance.pairs import Tested

Statistic = Callable[[Resamples], Floats]
"""The value in each of m draws of the test examples, shape (m,); NaN where not defined."""

Estimator = Callable[[Predictions, int, int], Estimate]
"""Value and interval in closed form; also takes the number of draws and the seed of a bootstrap."""

Test = Callable[[Predictions, Predictions], Tested | None]
"""A test of no difference on the same, ungrouped examples; None where it does not apply."""


class Task(StrEnum):
    """The kind of predictions of a metric."""

    CLASSIFICATION = "classification"
    TWO = "two classes"
    MANY = "more than two classes"
    REGRESSION = "regression"
    ANY = "any task"

    def fits(self, classes: int) -> bool:
        """Whether predictions of this number of classes, 0 for a regression, have such a metric."""
        fitting = {Task.CLASSIFICATION: classes > 0, Task.TWO: classes == 2, Task.MANY: classes > 2, Task.ANY: True}
        return fitting.get(self, not classes)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric: one row of `table.METRICS`.

    Attributes:
        name: In files, thresholds and, after `test_`, in MLflow.
        label: In the report.
        task: Of its predictions.
        doc: Its definition in docs/leaderboard.md, with the source if any.
        statistic: For the bootstrap, for repeats and for comparisons; None for a metric with an estimator alone.
        estimate: Value and interval in closed form; None for a BCa bootstrap of the statistic.
        interval: The interval's name.
        test: Of a difference, in closed form; None for a bootstrap of the statistic.
        unit: "target" is the unit of the data set's target.
        lowest, highest: Bounds of its values.
        lower_is_better: Else higher is.
        needs: What the predictions must come with: a parameter that validation data chose ("threshold", "temperature"),
            the test examples with a twin in training or validation ("twins"), or subgroups.
        of_positive: Whether it speaks of one of two classes, the positive one.
        beside: Whether the leaderboards show it beside the headline.
    """

    name: str
    label: str
    task: Task
    doc: str
    statistic: Statistic | None = None
    estimate: Estimator | None = None
    interval: str = "BCa bootstrap"
    test: Test | None = None
    unit: Literal["", "nats", "target", "examples"] = ""
    lowest: float = 0.0
    highest: float = 1.0
    lower_is_better: bool = False
    needs: Literal["", "threshold", "temperature", "twins", "subgroups"] = ""
    of_positive: bool = False
    beside: bool = False

    def __post_init__(self) -> None:
        if self.statistic is None and self.estimate is None:
            raise ValueError(f"Expected a statistic or an estimator of {self.name}, received neither.")

    def compute(self, weights: Floats, predictions: Predictions) -> Floats:
        """The statistic in each of m draws of n predictions, whose weights have shape (m, n).

        Raises:
            ValueError: The metric has none.
        """
        if self.statistic is None:
            raise ValueError(f"Expected a metric with a statistic, received {self.name}.")
        return self.statistic(Resamples(predictions, weights))

    @property
    def ends_at_one(self) -> bool:
        """Whether 1 is its best value."""
        return self.highest == 1 and not self.lower_is_better

    @property
    def bounded(self) -> bool:
        """Whether both bounds are finite."""
        return math.isfinite(self.lowest) and math.isfinite(self.highest)

    @property
    def better(self) -> str:
        """Which values are better: "higher" or "lower" ones."""
        return "lower" if self.lower_is_better else "higher"
