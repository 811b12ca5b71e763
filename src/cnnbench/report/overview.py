"""The overview of several runs: places, repeats, comparisons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cnnbench.report import comparisons, over_datasets, places, repeats_table
from cnnbench.report.comparisons import Refusal
from cnnbench.report.over_datasets import General
from cnnbench.report.places import Place
from cnnbench.report.repeats_table import Gathered
from cnnbench.results import comparing, entries, protocols
from cnnbench.results.comparing import Pair
from cnnbench.results.protocols import Worth
from cnnbench.results.run_result import RunResult


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Results that take several runs.

    Attributes:
        places: The rank of every run.
        gathered: Every entry, which is a run with its repeats.
        pairs: Every two entries that may be compared.
        refusals: Entries on one data set that may not.
        worths: What the split is worth, of entries on the same data under two protocols.
        general: The comparison over several data sets; None where there are too few.
        absent: Runs that have no result yet.
    """

    places: Mapping[str, Place]
    gathered: list[Gathered]
    pairs: list[Pair]
    refusals: list[Refusal]
    worths: list[Worth]
    general: General | None
    absent: list[str]

    @property
    def repeated(self) -> list[Gathered]:
        """The entries of more than one run."""
        return [one for one in self.gathered if one.repeated]


def evaluate_command(run: str) -> str:
    """The command that trains and evaluates a run."""
    return f"dvc repro evaluate@{run}"


def compile_overview(results: Collection[RunResult], wanted: Collection[str] = ()) -> Overview:
    """Gathers repeats and compares runs by their predictions.

    Args:
        results: Of the runs that are there.
        wanted: Names of the runs that should be there.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    there = {result.run for result in results}
    found = entries.group(results)
    sets = comparing.comparable(found)
    return Overview(
        places=places.places(sets),
        gathered=repeats_table.gather(found),
        pairs=comparing.compare_all(sets),
        refusals=comparisons.refusals(sets),
        worths=protocols.compare_all(found),
        general=over_datasets.compare(sets),
        absent=sorted(set(wanted) - there),  # sorted: the order of a set differs from run to run
    )
