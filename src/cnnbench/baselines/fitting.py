"""The methods: each is fitted on the training part, and what it leaves open is chosen on the validation part.

Deterministic: nothing is drawn, and one thread adds up in one order.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse strengths of the logistic regression's L2 penalty, the strongest first: scikit-learn's C."""
RIDGES = (1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3)
"""Strengths of the ridge regression's penalty: scikit-learn's alpha."""
NEIGHBOURS = (1, 3, 5, 10, 20, 50)


class Design(NamedTuple):
    """What a method is fitted on and applied to.

    Attributes:
        train, val, test: A row per example, float32, shape (n, d).
        train_labels, val_labels: Class indices or targets, shape (n,).
        classes: Their number; 0 for a regression.
    """

    train: NDArray[np.float32]
    train_labels: NDArray[Any]
    val: NDArray[np.float32]
    val_labels: NDArray[Any]
    test: NDArray[np.float32]
    classes: int


class Fitted(NamedTuple):
    """A method's predictions.

    Attributes:
        val, test: Probabilities, shape (n, classes), or predicted targets, shape (n, 1).
        chosen: What validation data chose, by name.
        parameters: Numbers that were fitted; None where the training examples themselves are kept.
    """

    val: Floats
    test: Floats
    chosen: dict[str, float]
    parameters: int | None


def constant(design: Design) -> Fitted:
    """The shares of the classes in the training part, or the mean of the targets, whatever the example."""
    if design.classes:
        row = np.bincount(design.train_labels, minlength=design.classes) / len(design.train_labels)
    else:
        row = np.array([design.train_labels.astype(np.float64).mean()])
    val, test = (np.tile(row, (len(part), 1)) for part in (design.val, design.test))
    return Fitted(val, test, {}, len(row))


def linear(design: Design) -> Fitted:
    """Logistic or ridge regression on standardised inputs; the penalty is that with the lowest validation loss."""
    design = _standardise(design)
    if design.classes and len(np.unique(design.train_labels)) < 2:
        return constant(design)  # a single class cannot be told from another
    candidates = _logistic(design) if design.classes else _ridge(design)
    best, lowest = next(candidates), math.inf
    for fitted in (best, *candidates):
        if (loss := _loss(fitted.val, design)) < lowest:
            best, lowest = fitted, loss
    return best


def neighbours(design: Design) -> Fitted:
    """The shares of the classes, or the mean, of the k nearest training examples by the angle between them."""
    from sklearn.neighbors import NearestNeighbors

    ks = [k for k in NEIGHBOURS if k <= len(design.train)] or [len(design.train)]
    with one_thread():
        search = NearestNeighbors(n_neighbors=max(ks), algorithm="brute").fit(_to_length_one(design.train))
        nearest = {name: search.kneighbors(_to_length_one(getattr(design, name)))[1] for name in ("val", "test")}
    votes = np.eye(design.classes)[design.train_labels] if design.classes else design.train_labels[:, None]

    def predict(part: str, k: int) -> Floats:
        shares: Floats = votes[nearest[part][:, :k]].mean(axis=1, dtype=np.float64)
        return shares

    # By what stands first on the leaderboard, since votes of few neighbours are no probabilities; of equals the larger
    best = min(ks, key=lambda k: (_miss(predict("val", k), design), -k))
    return Fitted(predict("val", best), predict("test", best), {"k": best}, None)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps the libraries under NumPy and scikit-learn to one thread: several would add up in another order."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def _logistic(design: Design) -> Iterator[Fitted]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    # From the strongest penalty on, each fit starts where the last ended
    model = LogisticRegression(warm_start=True, tol=1e-3, max_iter=200)

    def predict(inputs: NDArray[np.float32]) -> Floats:
        scores = np.zeros((len(inputs), design.classes))
        scores[:, model.classes_] = model.predict_proba(inputs)  # a class without training examples has score 0
        whole: Floats = scores / scores.sum(axis=1, keepdims=True)
        return whole

    for inverse in PENALTIES:
        model.C = inverse
        # What has not converged after so many steps is worse at the most, and validation data will say so
        with one_thread(), warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
            model.fit(design.train, design.train_labels)
            yield Fitted(predict(design.val), predict(design.test), {"C": inverse}, _count(model))


def _ridge(design: Design) -> Iterator[Fitted]:
    from sklearn.linear_model import Ridge

    for alpha in RIDGES:
        with one_thread():
            model = Ridge(alpha=alpha, solver="cholesky").fit(design.train.astype(np.float64), design.train_labels)
            val, test = (np.asarray(model.predict(part))[:, None] for part in (design.val, design.test))
            yield Fitted(val, test, {"alpha": alpha}, _count(model))


def _count(model: Any) -> int:
    return int(np.size(model.coef_) + np.size(model.intercept_))


def _standardise(design: Design) -> Design:
    mean, spread = design.train.mean(axis=0), design.train.std(axis=0)
    spread[spread == 0] = 1  # a constant column would divide by 0
    scaled = {name: (getattr(design, name) - mean) / spread for name in ("train", "val", "test")}
    return design._replace(**scaled)


def _to_length_one(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0))


def _loss(predicted: Floats, design: Design) -> float:
    """The mean log loss, or squared error, on the validation part."""
    if not design.classes:
        return float(np.square(predicted[:, 0] - design.val_labels).mean())
    chosen = predicted[np.arange(len(predicted)), design.val_labels]
    return float(-np.log(np.maximum(chosen, np.finfo(np.float64).eps)).mean())


def _miss(predicted: Floats, design: Design) -> float:
    """The share of wrong classes, or the squared error, on the validation part."""
    if not design.classes:
        return _loss(predicted, design)
    return float((predicted.argmax(axis=1) != design.val_labels).mean())
