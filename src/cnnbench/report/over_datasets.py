"""Networks over several data sets: which scores can be put together, and what they say in general."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from cnnbench.metrics import lookup
from cnnbench.metrics.significance import many_datasets
from cnnbench.metrics.significance.many_datasets import LEAST_DATASETS, LEAST_NETWORKS, Overall
from cnnbench.results import formatting
from cnnbench.results.entries import Entry

if TYPE_CHECKING:
    from cnnbench.results.run_result import RunResult

_METRIC = lookup.headline(2)  # of classifiers: it has one scale on every data set


class General(NamedTuple):
    """A comparison over several data sets, and its result in words."""

    overall: Overall
    words: str


def compare(sets: Sequence[Sequence[Entry]]) -> General | None:
    """Compares classifiers by their headline metric on as many data sets as they share.

    Each data set counts once, by the set of entries that holds most; real and synthetic ones are not put together.

    Args:
        sets: Of entries that may be compared.

    Returns:
        None where too few networks share too few data sets, or one of them has no score.
    """
    real, synthetic = ([entries for entries in sets if entries[0].record.synthetic is kind] for kind in (False, True))
    # The kind with more data sets comes first; of equal numbers the real ones, since the sort is stable.
    compared = (_compare(kind) for kind in sorted((real, synthetic), key=len, reverse=True))
    return next((general for general in compared if general), None)


def _compare(sets: Iterable[Sequence[Entry]]) -> General | None:
    tested: dict[str, dict[str, Entry]] = {}  # by data set and network
    for entries in sorted(sets, key=lambda entries: (-len(entries), entries[0].name)):
        # classifiers alone: their headline metric has one scale on every data set
        if entries[0].record.classes:
            tested.setdefault(entries[0].record.dataset, _by_network(entries))  # the largest set comes first and stays
    spread = {name for networks in tested.values() for name in networks}
    by_spread = sorted(spread, key=lambda name: (-sum(name in networks for networks in tested.values()), name))
    # As many networks as can be: each one more may leave too few data sets that have all.
    for count in range(len(by_spread), LEAST_NETWORKS - 1, -1):
        networks = sorted(by_spread[:count])
        datasets = [name for name in sorted(tested) if tested[name].keys() >= set(networks)]
        if len(datasets) >= LEAST_DATASETS:
            scores = np.array(
                [[tested[dataset][name].draws(_METRIC.name).mean for name in networks] for dataset in datasets]
            )
            if not np.isfinite(scores).all():  # a network diverged
                return None
            overall = many_datasets.compare(scores, networks)
            return General(
                overall, _words(overall, datasets, synthetic=tested[datasets[0]][networks[0]].record.synthetic)
            )
    return None


def _by_network(entries: Sequence[Entry]) -> dict[str, Entry]:
    networks: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.name):
        if entry.record.kind != "network":
            continue
        record = cast("RunResult", entry.record)
        start = f"from {record.start.trained_on}" if record.start else ""
        marks = ", ".join(filter(None, (record.recipe_name.removeprefix("published"), start)))
        name = f"{record.architecture} ({marks})" if marks else record.architecture
        networks.setdefault(name, entry)  # of two recipes with one name the first, not the best
    return networks


def _words(overall: Overall, datasets: Sequence[str], *, synthetic: bool) -> str:
    kind = "SYNTHETIC data sets" if synthetic else "data sets"
    rows = sorted(zip(overall.standings, overall.networks, overall.ranks, strict=True), key=lambda row: row[0])
    ranks = "; ".join(
        f"{name} {rank.value:.2f} [{rank.low:.2f}, {rank.high:.2f}], ties {place.tie_group}"
        for place, name, rank in rows
    )
    result = f"Average rank over {len(datasets)} {kind} ({', '.join(datasets)}), by {_METRIC.label}: {ranks}."
    tests = f"Friedman {formatting.p_value(overall.friedman)}; ties by Wilcoxon's test for each pair after Holm."
    return " ".join(part for part in (result, tests, overall.caution) if part)
