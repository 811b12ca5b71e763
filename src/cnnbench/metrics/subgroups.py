"""The metrics of a run by subgroup, such as by sex or site, and the worst of them.

P. W. Koh et al., "WILDS: a benchmark of in-the-wild distribution shifts", ICML 2021: an average hides the subgroup that
a network fails on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import lookup
from cnnbench.metrics.measure import measure
from cnnbench.metrics.predictions import Predictions

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "not known"
"""The subgroup of the examples without a value; it is not ranked."""

FEWEST, FEWEST_OF_CLASS = 30, 5
"""Test examples, and of each of two classes, that a subgroup needs to be ranked."""

COLUMNS = ("attribute", "subgroup", "n", "per_class", "small", "worst", "metric", "value", "low", "high")
"""Of subgroups.csv: small has too few examples to be ranked, worst is the worst by the headline metric."""

Subgroups = Mapping[str, Mapping[str, NDArray[np.bool_]]]
"""By attribute and subgroup: which examples are in it, shape (n,)."""


def rankable(labels: NDArray[np.number], classes: int, subgroups: Subgroups) -> dict[str, NDArray[np.bool_]]:
    """The subgroups that are large enough to be compared with others of their attribute, by a name in words.

    Examples without a value are none. With more than two classes the rarest would leave no subgroup, so there the
    number of examples alone decides.
    """
    found: dict[str, NDArray[np.bool_]] = {}
    for attribute, values in subgroups.items():
        large = {
            describe(attribute, name): members
            for name, members in values.items()
            if name != UNKNOWN and not _is_small(labels[members], classes)
        }
        found |= large if len(large) > 1 else {}
    return found


def describe(attribute: str, subgroup: str) -> str:
    """A subgroup in words, as sex = female."""
    return f"{attribute} = {subgroup}"


def table(predictions: Predictions, classes: Sequence[str], subgroups: Subgroups) -> pd.DataFrame:
    """Every metric of every subgroup, columns `COLUMNS`; intervals as of the whole test part.

    Args:
        predictions: Of the test examples, with the subgroups that can be ranked.
        classes: Their names.
        subgroups: All of them.
    """
    # Only here: the report reads `COLUMNS` and needs no pandas
    import pandas as pd

    ranked = predictions.subgroups or {}
    rows, headlines = [], {}
    for attribute, values in subgroups.items():
        for name, members in values.items():
            words = describe(attribute, name)
            subset = predictions.subset(members)
            measured = measure(subset)
            headline = lookup.headline_of(measured)
            # of a network that diverged no subgroup is the worst
            if words in ranked and math.isfinite(measured[headline].value):
                headlines[words] = measured[headline].value * (1 if lookup.find(headline).lower_is_better else -1)
            counts = np.bincount(subset.labels, minlength=len(classes)) if classes else ()
            per_class = ", ".join(f"{title} {count:,}" for title, count in zip(classes, counts, strict=True))
            about = (attribute, name, len(subset), per_class, _is_small(subset.labels, len(classes)), words)
            rows += [(*about, metric, *estimate) for metric, estimate in measured.items()]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    # the first of equals, as `Metric.estimate` of the worst subgroup takes it; where all are equal none is the worst
    worst = max(headlines, key=lambda words: headlines[words]) if len(set(headlines.values())) > 1 else None
    frame["worst"] = frame["worst"] == worst
    return frame.replace({"small": {True: "true", False: "false"}, "worst": {True: "true", False: "false"}})


def _is_small(labels: NDArray[np.number], classes: int) -> bool:
    few = classes == 2 and np.bincount(labels.astype(np.int64), minlength=2).min() < FEWEST_OF_CLASS
    return len(labels) < FEWEST or bool(few)
