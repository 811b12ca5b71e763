"""An ensemble, as what is tested: the mean of several networks' predictions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import PrivateAttr

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions
from cnnbench.results.line import Kind
from cnnbench.results.run_result import Tested
from cnnbench.runs.record import Start

if TYPE_CHECKING:
    import pandas as pd


class EnsembleResult(Tested):
    """The members of an entry together.

    Attributes:
        architecture, weights, start, trials: Of its members.
        members: The entry of which all seeds are in it.
        size: Their number.
        parameters, trained_parameters, flops: Of all members together.
    """

    kind: ClassVar[Kind] = "ensemble"
    seed: ClassVar[None] = None

    architecture: str
    members: str
    size: int
    parameters: int
    trained_parameters: int | None
    flops: int
    weights: str
    start: Start | None
    trials: int
    _frame: pd.DataFrame = PrivateAttr()

    @property
    def has_threshold(self) -> bool:
        """Whether validation data chose a threshold, for each fold its own."""
        return bool(self._frame["threshold"].notna().all())

    @property
    def commonest_share(self) -> float:
        """Of all test examples together: of several folds each has some of them."""
        return float(self._frame["label"].value_counts(normalize=True).max())

    @property
    def worst_group(self) -> str:
        """None is looked for."""
        return ""

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """As of a run: the mean of the members' scores or predictions."""
        return self._frame

    @cached_property
    def metrics(self) -> dict[str, Estimate]:
        """On the test examples with their 95 % intervals, over groups; what chance there is in seeds has been spent."""
        frame = self._frame
        groups, twin = frame["group"].to_numpy(), frame["twin"].to_numpy(bool)
        if not self.classes:
            targets, predicted = (frame[name].to_numpy(np.float64) for name in ("label", "prediction"))
            return measure(Predictions(targets, predicted, groups, twin=twin))
        scores = frame[[f"score_{index}" for index in range(len(self.classes))]].to_numpy(np.float64)
        threshold = frame["threshold"].to_numpy(np.float64) if self.has_threshold else None
        labels = frame["label"].to_numpy(np.int64)
        return measure(Predictions(labels, scores, groups, threshold, self.temperature, twin))
