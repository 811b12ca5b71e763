"""Networks over several data sets: which figures can be put together, and what may be said of them in general."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnnbench.metrics import lookup
from cnnbench.metrics.significance import many_datasets
from cnnbench.metrics.significance.many_datasets import Overall
from cnnbench.report.comparisons import chance
from cnnbench.results.entries import Entry

_METRIC = lookup.headline(2)  # of classifiers: it has one scale on every data set


class General(NamedTuple):
    """What may be said over several data sets.

    Attributes:
        overall: The comparison; None where there are too few of data sets or networks.
        words: What it says, or why there is none.
    """

    overall: Overall | None
    words: str


def general(sets: Sequence[Sequence[Entry]]) -> General:
    """Compares networks by their headline metric on as many data sets as they share.

    Each data set counts once, by the set of entries that holds most; real and synthetic ones are not put together.

    Args:
        sets: Of entries that may be compared.
    """
    real, made_up = ([entries for entries in sets if entries[0].record.synthetic is kind] for kind in (False, True))
    found = [_general(kind) for kind in sorted((real, made_up), key=len, reverse=True)]
    return next((one for one in found if one.overall), found[0])


def _general(sets: Sequence[Sequence[Entry]]) -> General:
    tested: dict[str, dict[str, Entry]] = {}  # of each data set its networks
    for entries in sorted(sets, key=lambda found: (-len(found), found[0].name)):
        if entries[0].record.classes:
            tested.setdefault(entries[0].record.dataset, _networks(entries))
    spread = {name for networks in tested.values() for name in networks}
    by_spread = sorted(spread, key=lambda name: (-sum(name in networks for networks in tested.values()), name))
    shared = {
        count: [name for name in sorted(tested) if set(by_spread[:count]) <= tested[name].keys()]
        for count in range(2, len(by_spread) + 1)
    }
    fitting = [count for count in shared if many_datasets.refusal(len(shared[count]), count) is None]
    if not fitting:
        count = min(many_datasets.LEAST_NETWORKS, len(by_spread))
        common = [name for name in tested if set(by_spread[:count]) <= tested[name].keys()]
        return General(None, many_datasets.refusal(len(common), count) or "")
    networks = sorted(by_spread[: max(fitting)])
    datasets = shared[max(fitting)]
    scores = np.array([[tested[dataset][name].draws(_METRIC.name).mean for name in networks] for dataset in datasets])
    if not np.isfinite(scores).all():
        where = "on one of the data sets that they share"
        return General(None, f"The {_METRIC.label} of a network is not defined {where}.")
    overall = many_datasets.compare(scores, networks)
    return General(overall, _words(overall, datasets, made_up=sets[0][0].record.synthetic))


def _networks(entries: Sequence[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: one.name):
        architecture, recipe = entry.record.architecture, entry.record.recipe_name
        name = architecture if recipe == "published" else f"{architecture} ({recipe})"
        found.setdefault(name, entry)  # of two recipes with one name the first, not the best
    return found


def _words(overall: Overall, datasets: Sequence[str], *, made_up: bool) -> str:
    kind = "SYNTHETIC data sets" if made_up else "data sets"
    places = sorted(zip(overall.standings, overall.networks, overall.ranks, strict=True), key=lambda one: one[0])
    ranks = "; ".join(
        f"{name} {rank.value:.2f} [{rank.low:.2f}, {rank.high:.2f}], ties {place.tie_group}"
        for place, name, rank in places
    )
    said = f"Average rank over {len(datasets)} {kind} ({', '.join(datasets)}), by {_METRIC.label}: {ranks}."
    tests = f"Friedman {chance(overall.friedman)}; ties by Wilcoxon's test for each pair after Holm."
    return " ".join(part for part in (said, tests, overall.caution) if part)
