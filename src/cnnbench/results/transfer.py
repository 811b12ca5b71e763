"""What a network loses on another data set: its figures there minus those on its own test part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.results import entries
from cnnbench.results.comparing import DRAWS
from cnnbench.results.external_result import ExternalResult
from cnnbench.results.run_result import RunResult


class Transfer(NamedTuple):
    """A run on its own test part and on another data set, by one metric.

    Attributes:
        own, other: The two results.
        metric: Its name.
        difference: Other minus own, with its 95 % interval, from a bootstrap of the groups of both.
        p: Of no difference.
    """

    own: RunResult
    other: ExternalResult
    metric: str
    difference: Estimate
    p: float


def compare(runs: Iterable[RunResult], tests: Iterable[ExternalResult]) -> Iterator[Transfer]:
    """Compares each test with its run on every metric that their predictions give, the headline first."""
    by_name = {run.run: run for run in runs}
    for test in tests:
        run = by_name[test.network]
        own, other = entries.alone(run), entries.alone(test)
        for metric in own.metrics:
            if metric in other.metrics and metric in run.metrics and metric in test.metrics:
                there, here = other.draws(metric, count=DRAWS), own.draws(metric, count=DRAWS)
                # the two share no example, but their draws share a seed: turned by one, they are independent
                there = there._replace(samples=np.roll(there.samples, 1))
                difference = repeated.difference(there, here, paired=False)
                yield Transfer(run, test, metric, difference, repeated.p_value(there, here, paired=False))
