"""The overview of several runs: places, repeats, comparisons."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from cnnbench.metrics import lookup
from cnnbench.report import comparisons, corruption_tables, external_tables, over_datasets, places, repeats_table
from cnnbench.report.comparisons import Refusal
from cnnbench.report.corruption_tables import Robustness
from cnnbench.report.external_tables import External
from cnnbench.report.over_datasets import General
from cnnbench.report.places import Place
from cnnbench.report.repeats_table import Gathered
from cnnbench.results import chance, comparing, ensembles, entries, protocols, transfer
from cnnbench.results.baseline_result import BaselineResult
from cnnbench.results.brought_result import BroughtResult
from cnnbench.results.comparing import Pair
from cnnbench.results.corruption_result import CorruptionResult
from cnnbench.results.entries import Entry, Result
from cnnbench.results.external_result import ExternalResult
from cnnbench.results.line import Kind
from cnnbench.results.protocols import Worth
from cnnbench.results.run_result import RunResult

# What a network adds to a baseline is told by few numbers: no classes is a regression, 2 stands for any classifier
_HEADLINES = [row.name for classes in (0, 2) for row in (lookup.headline(classes), lookup.beside(classes))]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Results that take several runs.

    Attributes:
        rows: What stands on the leaderboards, by data set: baselines, networks, ensembles.
        places: The rank of each of them.
        gathered: Every entry of networks, which is a run with its repeats.
        pairs: Every two networks that may be compared, and each ensemble with its members.
        added: Each network with each baseline on the same test examples.
        refusals: Entries on one data set that may not be compared.
        worths: What the split is worth, of entries on the same data under two protocols.
        externals: Networks on other data sets, beside their own test parts.
        robustness: Networks on corrupted test images.
        general: The comparison over several data sets; None where there are too few.
        absent: Runs that have no result yet.
        notes: On what is not shown, a line each.
    """

    rows: list[Result]
    places: Mapping[str, Place]
    gathered: list[Gathered]
    pairs: list[Pair]
    added: list[Pair]
    refusals: list[Refusal]
    worths: list[Worth]
    externals: list[External]
    robustness: list[Robustness]
    general: General | None
    absent: list[str]
    notes: list[str]

    @property
    def repeated(self) -> list[Gathered]:
        """The entries of more than one run."""
        return [one for one in self.gathered if one.repeated]

    @property
    def badges(self) -> list[str]:
        """Those of each row, and of each mean of repeats."""
        return [*map(chance.badges, self.rows), *(one.badges for one in self.repeated)]


def evaluate_command(run: str) -> str:
    """The command that trains and evaluates a run."""
    return f"dvc repro evaluate@{run}"


def compile_overview(
    results: Collection[RunResult],
    wanted: Collection[str] = (),
    baselines: Collection[BaselineResult] = (),
    tests: Collection[ExternalResult] = (),
    corrupted: Collection[CorruptionResult] = (),
    brought: Collection[BroughtResult] = (),
    notes: Collection[str] = (),
    *,
    apart: bool = True,
) -> Overview:
    """Gathers repeats and compares runs by their predictions.

    Args:
        results: Of the runs that are there.
        wanted: Names of the runs that should be there.
        baselines: Of the data sets.
        tests: Of these runs on other data sets.
        corrupted: Of these runs on corrupted test images.
        brought: Predictions of others on the test parts of these runs.
        notes: On predictions of others that are not shown.
        apart: Whether networks that start from weights are ranked by themselves.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    there = {result.run for result in results}
    found = entries.group(results)
    together = ensembles.gather(found)
    others: list[Result] = [*brought, *baselines]
    # networks first: the first of a set says why another may not be compared
    sets = comparing.comparable([*found, *map(entries.alone, others), *together])
    rows = [*results, *baselines, *tests, *brought, *(one.record for one in together)]
    placed = places.places(sets, apart=apart)
    return Overview(
        rows=sorted(rows, key=_order),
        places=placed | {test.run: places.unranked(placed[test.network]) for test in tests},
        gathered=repeats_table.gather(found),
        pairs=comparing.compare_families(_families(sets, ensembles.names(found))),
        added=comparing.compare_families(map(_against_baselines, sets), _HEADLINES),
        refusals=comparisons.refusals(sets),
        worths=protocols.compare_all(found),
        robustness=corruption_tables.gather(results, corrupted),
        externals=external_tables.gather(list(transfer.compare(results, tests))),
        general=over_datasets.compare([ranking for one in sets for ranking in places.rankings(one, apart=apart)]),
        absent=sorted(set(wanted) - there),  # sorted: the order of a set differs from run to run
        notes=list(notes),
    )


def _order(row: Result) -> tuple[object, ...]:
    """By data set and kind; a test on other data comes after its run."""
    kind = "network" if row.kind == "external" else row.kind
    return row.dataset, get_args(Kind).index(kind), row.beside, row.run != row.beside, row.run


def _families(sets: Iterable[Sequence[Entry]], members: Mapping[str, Entry]) -> Iterator[list[tuple[Entry, Entry]]]:
    """The pairs whose p values are adjusted together."""
    for found in sets:
        together = _of_kind(found, "ensemble")
        yield comparing.pair_up(_single(found))
        yield comparing.pair_up(together)
        yield [(one, members[one.name]) for one in together]


def _against_baselines(found: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    return list(itertools.product(_single(found), _of_kind(found, "baseline")))


def _single(found: Iterable[Entry]) -> list[Entry]:
    """Networks, our own and others'."""
    return [entry for entry in found if entry.record.kind in ("network", "brought")]


def _of_kind(found: Iterable[Entry], kind: Kind) -> list[Entry]:
    return [entry for entry in found if entry.record.kind == kind]
