"""Comparison of an exported model with the original."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.evaluation import scoring
from cnnbench.inference.export.formats import Predict
from cnnbench.runs.record import RunRecord

TOLERANCE = 1e-5  # absolute for a probability; for a regression relative to the largest prediction


class Comparison(NamedTuple):
    """Two models that agree.

    Attributes:
        examples: The number of examples that both predicted, with the same class for each.
        difference: The largest absolute difference of a score.
        tolerance: The largest difference allowed.
    """

    examples: int
    difference: float
    tolerance: float


def compare(model: Any, exported: Predict, inputs: NDArray[Any], run: RunRecord) -> Comparison:
    """Predicts the same examples with both models.

    Args:
        model: The original.
        exported: The other, reloaded.
        inputs: The examples, shape (n, *shape).
        run: The run of the original.

    Raises:
        UserError: One example gets another class, or a score differs by more than the tolerance.
    """
    expected = scoring.predict_scores(model, inputs)
    # One column of a sigmoid output becomes two, as in `expected`.
    received = scoring.expand_columns(model, exported(inputs))
    difference = float(np.abs(expected - received).max())
    # A regression's values have a unit, in which 1e-5 means nothing.
    tolerance = TOLERANCE if run.is_classification else TOLERANCE * float(np.abs(expected).max())
    # Within the tolerance two nearly equal scores may still change places.
    changed = int((expected.argmax(axis=1) != received.argmax(axis=1)).sum())
    if changed or not difference <= tolerance:  # not >, which is false for NaN
        raise UserError(
            f"Expected the exported {run.run} to answer {len(inputs):,} test examples as the original does, received "
            f"{changed:,} other classes and scores that differ by up to {difference:.2g}, over {tolerance:.2g}: "
            "nothing was written; try another format."
        )
    return Comparison(len(inputs), difference, tolerance)
