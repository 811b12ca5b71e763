"""What the runs say together: places, repeats gathered, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cnnbench.report import comparisons, over_datasets, places, repeats_table
from cnnbench.report.comparisons import Pair, Refusal
from cnnbench.report.over_datasets import General
from cnnbench.report.places import Place
from cnnbench.report.repeats_table import Gathered
from cnnbench.results import comparing, entries
from cnnbench.results.run_result import RunResult


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What no run says by itself.

    Attributes:
        places: The rank of every run.
        gathered: Every entry, which is a run with its repeats.
        pairs: Every two entries that may be compared.
        refusals: Entries on one data set that may not.
        general: What may be said over several data sets.
    """

    places: Mapping[str, Place]
    gathered: list[Gathered]
    pairs: list[Pair]
    refusals: list[Refusal]
    general: General

    @property
    def repeated(self) -> list[Gathered]:
        """The entries of more than one run."""
        return [one for one in self.gathered if one.repeated]


def compile_overview(results: Iterable[RunResult]) -> Overview:
    """Gathers and compares runs by what they predicted.

    Args:
        results: Of the runs that are wanted.

    Raises:
        UserError: Predictions are missing or damaged.
    """
    found = entries.group(results)
    sets = comparing.comparable(found)
    return Overview(
        places=places.places(sets),
        gathered=repeats_table.gather(found),
        pairs=comparisons.pairs(sets),
        refusals=comparisons.refusals(sets),
        general=over_datasets.general(sets),
    )
