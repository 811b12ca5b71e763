"""Predictions of test examples, and bootstrap resamples of them: the input of every metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.core.errors import UserError
from cnnbench.metrics import calibration, confusion
from cnnbench.metrics.intervals.bootstrap import Groups, find_units
from cnnbench.metrics.means import Floats, mean

FEWEST_CLEAN = 20
"""Of fewer test examples without a twin only the number is stated."""


# No ==: the comparison of two arrays is an array, which has no truth value
@dataclass(frozen=True, eq=False)
class Predictions:
    """A network's predictions of n test examples, and values derived from them, each computed once.

    Attributes:
        labels: Class indices within 0..k-1, or the targets of a regression; shape (n,).
        scores: Probabilities, shape (n, k), k >= 2, each row summing to 1; or predicted targets, shape (n,).
        groups: Of the examples.
        threshold: Of two classes: class 1 is predicted from this score on. A number, or one per example, shape (n,).
        temperature: Calibrates the scores. Like the threshold it was chosen on validation data, or is None.
        twin: Which examples have a copy, a near copy or their group in training or validation; None where not known.
        subgroups: Which examples are in each of the subgroups to compare, by name, each shape (n,).

    Raises:
        UserError: There is no example.
        ValueError: Shapes do not fit, or a label is not within 0..k-1.
    """

    labels: NDArray[Any]
    scores: NDArray[np.floating]
    groups: Groups = None
    threshold: float | Floats | None = None
    temperature: float | None = None
    twin: NDArray[np.bool_] | None = None
    subgroups: Mapping[str, NDArray[np.bool_]] | None = None

    def __post_init__(self) -> None:
        labels, scores = self.labels, self.scores
        if not labels.size:
            raise UserError("Expected at least one test example, received none; raise the number of examples.")
        if labels.ndim != 1 or scores.shape[:1] != labels.shape or scores.ndim > 2 or scores.shape[1:] == (1,):
            raise ValueError(
                "Expected labels (n,) and scores (n, k >= 2) or predictions (n,), "
                f"received shapes {labels.shape} and {scores.shape}."
            )
        if self.classes and not 0 <= labels.min() <= labels.max() < self.classes:
            raise ValueError(f"Expected labels within 0..{self.classes - 1}, received {labels.min()}..{labels.max()}.")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def classes(self) -> int:
        """The number of classes; 0 for a regression."""
        return self.scores.shape[1] if self.scores.ndim == 2 else 0

    @property
    def given(self) -> frozenset[str]:
        """What the examples come with, in the words of `Metric.needs`."""
        found = {"threshold": self.threshold, "temperature": self.temperature, "twins": self.twin}
        return frozenset(
            [name for name, value in found.items() if value is not None] + ["subgroups"] * bool(self.subgroups)
        )

    def subset(self, members: NDArray[np.bool_]) -> Predictions:
        """The predictions of some examples, without their twins and subgroups.

        Args:
            members: Which, shape (n,); one at least.
        """
        groups = None if self.groups is None else np.asarray(self.groups)[members]
        threshold = self.threshold[members] if isinstance(self.threshold, np.ndarray) else self.threshold
        return Predictions(self.labels[members], self.scores[members], groups, threshold, self.temperature)

    @cached_property
    def clean(self) -> Predictions | None:
        """Those without a twin; None where they are too few to tell anything, or of a single class."""
        kept = np.ones(len(self), bool) if self.twin is None else ~self.twin
        enough = kept.sum() >= FEWEST_CLEAN and (not self.classes or len(np.unique(self.labels[kept])) > 1)
        return self.subset(kept) if enough else None

    # It works in a frozen class: cached_property writes to __dict__, past __setattr__
    @cached_property
    def finite(self) -> bool:
        """Whether every score is a number; a diverged network's are not."""
        return bool(np.isfinite(self.scores).all())

    @property
    def ungrouped(self) -> bool:
        """Whether each example is its own group."""
        return find_units(len(self), self.groups)[1] is None

    @cached_property
    def wide(self) -> Floats:
        """The scores as float64."""
        return self.scores.astype(np.float64)

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        """The class of the highest score, the first of equals; shape (n,)."""
        return np.asarray(self.scores.argmax(axis=1))

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the predicted class is the true one, shape (n,)."""
        return np.asarray(self.predicted == self.labels)

    @cached_property
    def predicted_at_threshold(self) -> NDArray[np.int64]:
        """Class 1 from the threshold on, else 0; shape (n,)."""
        if self.threshold is None:
            raise ValueError("Expected a threshold with the predictions, received none.")
        return (self.scores[:, 1] >= self.threshold).astype(np.int64)

    @cached_property
    def squared_errors(self) -> Floats:
        """|scores - one-hot|^2 of each example, shape (n,)."""
        return np.asarray(np.square(self.wide - np.eye(self.classes)[self.labels]).sum(axis=1))

    @cached_property
    def log_losses(self) -> Floats:
        """-ln of the true class's score in nats, clipped by the epsilon of the scores' dtype as scikit-learn does."""
        epsilon = np.finfo(self.scores.dtype).eps
        chosen = self.scores[np.arange(len(self)), self.labels]
        return np.asarray(-np.log(np.clip(chosen, epsilon, 1 - epsilon).astype(np.float64)))

    @cached_property
    def log_calibrated(self) -> Floats:
        """The logarithms of the scores at the temperature, shape (n, k)."""
        if self.temperature is None:
            raise ValueError("Expected a temperature with the predictions, received none.")
        return calibration.log_calibrated(self.scores, self.temperature)

    @cached_property
    def calibrated_log_losses(self) -> Floats:
        """-ln of the true class's score at the temperature in nats, shape (n,)."""
        return np.asarray(-self.log_calibrated[np.arange(len(self)), self.labels])

    @cached_property
    def errors(self) -> Floats:
        """Prediction less target of a regression, shape (n,)."""
        return np.asarray(self.wide - self.labels)


@dataclass(frozen=True, eq=False)
class Resamples:
    """Predictions of n examples, and how often each of m bootstrap draws holds each of them: weights of shape (m, n).

    A statistic is computed for all draws at once; its value on the test examples is that at weights of one, so that
    the same lines give a metric and its interval.
    """

    predictions: Predictions
    weights: Floats

    @cached_property
    def counts(self) -> Floats:
        """The confusion table of each draw, shape (m, k, k)."""
        return self._tables(self.predictions.predicted)

    @cached_property
    def counts_at_threshold(self) -> Floats:
        """The same for the classes predicted at the threshold."""
        return self._tables(self.predictions.predicted_at_threshold)

    def _tables(self, predicted: NDArray[np.integer]) -> Floats:
        return confusion.tables(self.weights, self.predictions.labels, predicted, self.predictions.classes)

    @property
    def ranked(self) -> tuple[Floats, NDArray[Any], Floats]:
        """Weights, labels and scores: the arguments of a statistic of `ranking`."""
        return self.weights, self.predictions.labels, self.predictions.wide

    def on_clean(self, statistic: Callable[[Resamples], Floats]) -> Floats:
        """A statistic of the examples without a twin in each draw, shape (m,); NaN where they are too few."""
        clean, twin = self.predictions.clean, self.predictions.twin
        if clean is None:
            return np.full(len(self.weights), np.nan)
        return statistic(Resamples(clean, self.weights if twin is None else self.weights[:, ~twin]))

    def mean(self, values: NDArray[Any]) -> Floats:
        """The mean of values (n,) in each draw, shape (m,)."""
        return mean(self.weights, values.astype(np.float64))

    def root_mean(self, values: Floats) -> Floats:
        """The root of the mean of values (n,) in each draw, shape (m,)."""
        return np.sqrt(mean(self.weights, values))
