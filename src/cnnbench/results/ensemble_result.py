"""An ensemble, as what is tested: the mean of several networks' predictions."""

from __future__ import annotations

from typing import ClassVar

from cnnbench.results.frame_result import FrameResult
from cnnbench.results.line import Kind
from cnnbench.runs.record import Start


class EnsembleResult(FrameResult):
    """The members of an entry together; what chance there is in seeds has been spent.

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

    @property
    def commonest_share(self) -> float:
        """Of all test examples together: of several folds each has some of them."""
        return float(self._frame["label"].value_counts(normalize=True).max())
