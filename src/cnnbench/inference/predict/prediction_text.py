"""Predictions as text, batch by batch."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from cnnbench.core.csv_cells import guard_texts


def render(frames: Iterable[pd.DataFrame], form: str) -> Iterator[str]:
    """Yields the text of predictions; numbers have six significant digits.

    Args:
        frames: From `Predictor.batches`.
        form: "csv", with a line of column names; or "json", one array of objects, null where there is no prediction.
    """
    return _csv(frames) if form == "csv" else _json(frames)


def _csv(frames: Iterable[pd.DataFrame]) -> Iterator[str]:
    for index, frame in enumerate(frames):
        # pandas would take the system's line end.
        yield guard_texts(frame).to_csv(index=False, header=index == 0, lineterminator="\n", float_format="%.6g")


def _json(frames: Iterable[pd.DataFrame]) -> Iterator[str]:
    before = "[\n"  # one dump of all rows would hold every prediction in memory
    for frame in frames:
        for row in frame.to_dict("records"):
            yield before + json.dumps({str(key): _round(value) for key, value in row.items()})
            before = ",\n"
    yield "\n]\n"


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None  # JSON has no NaN
    return value
