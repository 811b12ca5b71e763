"""Whether an exported model answers as the original does."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.evaluation import scoring
from cnnbench.inference.export.formats import Answer
from cnnbench.runs.record import RunRecord

TOLERANCE = 1e-5  # of a probability; of a regression, a share of its largest prediction


class Comparison(NamedTuple):
    """Of two models that answer the same way.

    Attributes:
        examples: How many they were asked about; of classes, all were given the same one.
        difference: The largest absolute one of any score.
        tolerance: Which it does not exceed.
    """

    examples: int
    difference: float
    tolerance: float


def compare(model: Any, exported: Answer, inputs: NDArray[Any], run: RunRecord) -> Comparison:
    """Asks both models about the same examples.

    Args:
        model: The original.
        exported: The other, reloaded.
        inputs: The examples, shape (n, *shape).
        run: Whose models they are.

    Raises:
        UserError: One example is put into another class, or a score differs by more than the tolerance.
    """
    expected = scoring.predict_scores(model, inputs)
    received = scoring.expand_columns(model, exported(inputs))
    difference = float(np.abs(expected - received).max())
    tolerance = TOLERANCE if run.is_classification else TOLERANCE * float(np.abs(expected).max())
    changed = int((expected.argmax(axis=1) != received.argmax(axis=1)).sum())
    if changed or not difference <= tolerance:
        raise UserError(
            f"Expected the exported {run.run} to answer {len(inputs):,} test examples as the original does, received "
            f"{changed:,} other classes and scores that differ by up to {difference:.2g}, over {tolerance:.2g}: "
            "nothing was written; try another format."
        )
    return Comparison(len(inputs), difference, tolerance)
