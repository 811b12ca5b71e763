"""How well a classifier knows each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import confusion, ranking
from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.intervals.proportions import below_one, proportion
from cnnbench.metrics.means import Floats

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("precision", "recall", "specificity", "f1", "roc_auc", "average_precision")


def per_class(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    classes: Sequence[str],
    groups: Sequence[str] | NDArray[Any] | None = None,
) -> pd.DataFrame:
    """The metrics of each class against the rest, with 95 % intervals.

    Precision, recall and specificity are shares, of those predicted, of those that are and of those that are not of the
    class: their interval is `proportions.proportion`. That of roc_auc is `delong.auc`, the others' is `bca`.

    Args:
        labels: Class indices within 0..k-1, shape (n,).
        scores: Probabilities, shape (n, k).
        classes: Names of the k classes.
        groups: Patient, lesion or slide of each example, shape (n,); None where each is its own.

    Returns:
        A row per class, columns class, n (test examples of the class), then each of `NAMES` with _low and _high. NaN
        where a value is not defined, as the precision of a class never predicted, the recall of one without examples.
    """
    import pandas as pd

    k, of = len(classes), None if groups is None else np.asarray(groups)
    predicted, wide = scores.argmax(axis=1), scores.astype(np.float64)
    finite = bool(np.isfinite(scores).all())

    def share(right: NDArray[np.bool_], members: NDArray[np.bool_]) -> Estimate:
        if not members.any():
            return UNDEFINED
        return proportion(right[members], None if of is None else of[members])

    def statistics(weights: Floats) -> dict[str, Floats]:
        f1 = confusion.f1(confusion.tables(weights, labels, predicted, k))
        made = {f"f1 {c}": f1[:, c] for c in range(k)}
        return made | {f"ap {c}": ranking.average_precision(weights, labels == c, wide[:, c]) for c in range(k)}

    drawn = bca(statistics, len(labels), groups) if finite else {}
    rows = []
    for index, name in enumerate(classes):
        own, taken = labels == index, predicted == index
        estimates = [UNDEFINED] * len(NAMES)
        if finite:
            trials = len(np.unique(own.nonzero()[0] if of is None else of[own]))
            drawn_here = [below_one(drawn[f"{metric} {index}"], trials) for metric in ("f1", "ap")]
            area = delong.auc(own, wide[:, index], groups)
            estimates = [share(own, taken), share(taken, own), share(~taken, ~own), drawn_here[0], area, drawn_here[1]]
        rows.append((name, int(own.sum()), *(end for estimate in estimates for end in estimate)))
    ends = [f"{metric}{end}" for metric in NAMES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["class", "n", *ends])
