"""The metrics of each class of a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import confusion, ranking
from cnnbench.metrics.intervals import delong
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate, Groups
from cnnbench.metrics.intervals.proportions import below_one, proportion
from cnnbench.metrics.means import Floats

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("precision", "recall", "specificity", "f1", "roc_auc", "average_precision")


def per_class(
    labels: NDArray[np.integer],
    scores: NDArray[np.floating],
    classes: Sequence[str],
    groups: Groups = None,
) -> pd.DataFrame:
    """The metrics of each class against the rest, with 95 % intervals.

    The interval of precision, recall and specificity is `proportions.proportion`, that of roc_auc `delong.auc`, that of
    f1 and average_precision `bca`.

    Args:
        labels: Class indices within 0..k-1, shape (n,).
        scores: Probabilities, shape (n, k).
        classes: Names of the k classes.
        groups: Of the examples.

    Returns:
        A row per class, columns class, n (test examples of the class), then each of `NAMES` with _low and _high. NaN
        where not defined, as the precision of a class never predicted or the recall of one without examples.
    """
    # Only here: the report reads `NAMES` and needs no pandas
    import pandas as pd

    k, group = len(classes), None if groups is None else np.asarray(groups)
    predicted, wide = scores.argmax(axis=1), scores.astype(np.float64)
    finite = bool(np.isfinite(scores).all())

    def share(correct: NDArray[np.bool_], members: NDArray[np.bool_]) -> Estimate:
        if not members.any():
            return UNDEFINED
        return proportion(correct[members], None if group is None else group[members])

    def statistics(weights: Floats) -> dict[str, Floats]:
        f1 = confusion.f1(confusion.tables(weights, labels, predicted, k))
        by_class = {f"f1 {c}": f1[:, c] for c in range(k)}
        return by_class | {f"ap {c}": ranking.average_precision(weights, labels == c, wide[:, c]) for c in range(k)}

    drawn = bca(statistics, len(labels), groups) if finite else {}
    rows = []
    for index, name in enumerate(classes):
        actual, assigned = labels == index, predicted == index
        estimates = [UNDEFINED] * len(NAMES)
        if finite:
            trials = len(np.unique(actual.nonzero()[0] if group is None else group[actual]))
            shares = [share(actual, assigned), share(assigned, actual), share(~assigned, ~actual)]
            f1, precision = (below_one(drawn[f"{metric} {index}"], trials) for metric in ("f1", "ap"))
            estimates = [*shares, f1, delong.auc(actual, wide[:, index], groups), precision]
        rows.append((name, int(actual.sum()), *(end for estimate in estimates for end in estimate)))
    ends = [f"{metric}{end}" for metric in NAMES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["class", "n", *ends])
