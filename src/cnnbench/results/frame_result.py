"""What is tested, where predictions in memory are all there is: no folder of a run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from pydantic import PrivateAttr

from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions
from cnnbench.results.run_result import Tested

if TYPE_CHECKING:
    import pandas as pd


class FrameResult(Tested):
    """Measured on a table of predictions, one row an example, as a run's predictions.parquet has them."""

    _frame: pd.DataFrame = PrivateAttr()

    @property
    def has_threshold(self) -> bool:
        """Whether validation data chose a threshold, for each fold its own."""
        return bool(self._frame["threshold"].notna().all())

    @property
    def worst_group(self) -> str:
        """None is looked for."""
        return ""

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """As of a run."""
        return self._frame

    @cached_property
    def metrics(self) -> dict[str, Estimate]:
        """On the test examples with their 95 % intervals, over groups."""
        frame = self._frame
        groups, twin = frame["group"].to_numpy(), frame["twin"].to_numpy(bool)
        if not self.classes:
            targets, predicted = (frame[name].to_numpy(np.float64) for name in ("label", "prediction"))
            return measure(Predictions(targets, predicted, groups, twin=twin))
        scores = frame[[f"score_{index}" for index in range(len(self.classes))]].to_numpy(np.float64)
        threshold = frame["threshold"].to_numpy(np.float64) if self.has_threshold else None
        labels = frame["label"].to_numpy(np.int64)
        return measure(Predictions(labels, scores, groups, threshold, self.temperature, twin))
