"""Two split protocols of the same data: what leakage is worth.

Two runs that differ in the split of their data alone were tested on other examples. Each bootstrap draw takes whole
groups of both test parts together: an example that both have stands in both or in neither, so that what they share is
paired, and what they do not share varies on its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate, draw_weights, find_units
from cnnbench.metrics.means import Floats
from cnnbench.results import formatting
from cnnbench.results.comparing import DRAWS
from cnnbench.results.entries import Entry

if TYPE_CHECKING:
    import pandas as pd

_ALIKE = {
    "architecture": "network",
    "weights": "start",
    "recipe": "recipe",
    "profile": "profile",
    "input_shape": "input",
    "classes": "list of classes",
}


class Worth(NamedTuple):
    """The difference between two protocols on the headline metric.

    Attributes:
        first, second: Entries.
        metric: Its name.
        values: Of the first and the second, each on its own test examples.
        tested: How many each has.
        shared: How many are in both.
        difference: First minus second, with its 95 % interval.
        p: Of no difference.
    """

    first: Entry
    second: Entry
    metric: str
    values: tuple[float, float]
    tested: tuple[int, int]
    shared: int
    difference: Estimate
    p: float

    @property
    def sentence(self) -> str:
        """The difference in words, with both numbers of test examples."""
        (one, other), (n, m) = self.values, self.tested
        row, unit = lookup.find(self.metric), self.first.record.unit
        paired = f"{self.shared:,} of them shared and paired" if self.shared else "none of them shared, so not paired"
        return (
            f"{self.first.name} ({self.first.record.protocol}) minus {self.second.name} "
            f"({self.second.record.protocol}): {lookup.label(row.name, unit)} {one:.3f} on {n:,} test examples, "
            f"{other:.3f} on {m:,}, {paired}; difference {formatting.signed(self.difference)}, "
            f"{formatting.p_value(self.p)}."
        )


def same_data(first: Entry, second: Entry) -> bool:
    """Whether two entries differ in how the same raw data were split."""
    one, other = first.record, second.record
    return bool(one.data_sha256) and one.data_sha256 == other.data_sha256 and one.dataset != other.dataset


def refusal(first: Entry, second: Entry) -> str | None:
    """Why two entries on the same data would not tell what the split is worth, in one line; None where they do."""
    for attribute, name in _ALIKE.items():
        one, other = (getattr(entry.record, attribute, None) for entry in (first, second))
        if one != other:
            received = f"{one} and {other}" if attribute in ("architecture", "profile") else "two"
            return (
                f"Expected one {name} for {first.name} and {second.name}, received {received}: their difference would "
                "not be one of the split alone."
            )
    return None


def explain_other_data(first: Entry, second: Entry) -> str:
    """Why two data sets are not one under two splits, though they seem so; empty where they do not seem so."""
    one, other = first.record, second.record
    ids = [frame[["id", "label"]] for frame in (first.predictions[0], second.predictions[0])]
    shared = len(ids[0].merge(ids[1]))
    if one.dataset == other.dataset or one.classes != other.classes or not shared or same_data(first, second):
        return ""
    attributes = [", ".join(record.attributes) or "none" for record in (one, other)]
    differs = f"the attributes differ: {attributes[0]} and {attributes[1]}" if len({*attributes}) > 1 else "one differs"
    return (
        f" Both have {shared:,} test examples in common. Two data sets are compared as two splits of one where images, "
        f"labels, groups, parts and attributes are the same: {differs}. Give both one `source:` and `examples:`, and "
        "run `dvc repro`."
    )


def compare(first: Entry, second: Entry) -> Worth:
    """The difference of the headline metric, in a bootstrap of the groups of both test parts.

    Args:
        first: An entry.
        second: Another on the same data; `refusal` of the two is None.
    """
    metric, frames = first.headline, (first.predictions[0], second.predictions[0])
    ids = np.array(sorted({*frames[0]["id"], *frames[1]["id"]}))
    places = [np.searchsorted(ids, frame["id"].to_numpy(str)) for frame in frames]
    units, unit_of = find_units(len(ids), _join_groups(frames))
    draws: list[repeated.Draws] = []
    # The same seed draws the same groups for both
    chunks = list(draw_weights(units, unit_of, DRAWS, 0)) if units > 1 else []
    for entry, place in zip((first, second), places, strict=True):
        compute = lookup.find(metric).compute
        values = np.array([compute(np.ones((1, len(place))), one)[0] for one in entry.measured])
        samples = [_mean([compute(chunk[:, place], one) for one in entry.measured]) for chunk in chunks]
        draws.append(repeated.Draws(values, np.concatenate(samples) if samples else np.full(DRAWS, np.nan)))
    return Worth(
        first=first,
        second=second,
        metric=metric,
        values=(draws[0].mean, draws[1].mean),
        tested=(len(frames[0]), len(frames[1])),
        shared=len(places[0]) + len(places[1]) - len(ids),
        difference=repeated.difference(draws[0], draws[1], paired=False),
        p=repeated.p_value(draws[0], draws[1], paired=False),
    )


def compare_all(entries: Iterable[Entry]) -> list[Worth]:
    """Every two entries that differ in how the same data were split; first the one with more twins."""
    both = itertools.combinations(sorted(entries, key=lambda entry: -entry.record.twins), 2)
    return [compare(*pair) for pair in both if same_data(*pair) and refusal(*pair) is None]


def _mean(samples: list[Floats]) -> Floats:
    return np.asarray(np.stack(samples).mean(axis=0))


def _join_groups(frames: tuple[pd.DataFrame, pd.DataFrame]) -> NDArray[np.intp]:
    """The group of each id of both frames, sorted by id: one that either of them keeps together is kept together."""
    import pandas as pd
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    both = pd.concat([frame[["id", "group"]] for frame in frames])
    example, ids = pd.factorize(both["id"], sort=True)
    group, groups = pd.factorize(both["group"])
    # A graph of examples and groups: what hangs together is one unit
    n = len(ids) + len(groups)
    edges = coo_array((np.ones(len(both)), (example, len(ids) + group)), shape=(n, n))
    return np.asarray(connected_components(edges, directed=False)[1][: len(ids)])
