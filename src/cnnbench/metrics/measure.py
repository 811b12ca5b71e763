"""Every metric of a set of predictions, each with its 95 % interval."""

from __future__ import annotations

from cnnbench.metrics import lookup
from cnnbench.metrics.intervals.bca import bca
from cnnbench.metrics.intervals.bootstrap import UNDEFINED, Estimate
from cnnbench.metrics.intervals.proportions import below_one, fewest_groups
from cnnbench.metrics.means import Floats
from cnnbench.metrics.predictions import Predictions, Resamples


def measure(predictions: Predictions, *, draws: int = 1000, seed: int = 0) -> dict[str, Estimate]:
    """The metrics of the predictions, in the order of the table.

    An interval is the row's estimate if it has one, else a BCa bootstrap; all resample whole groups. Where a metric of
    a classifier is 1 in every draw and cannot be higher, its interval's low end is Wilson's, with the number of groups
    of the rarest class as the trials.

    NaN are: areas and correlations of a single class; every metric of scores that are not finite, from a diverged
    network; every interval of a single group of several examples, except that of an area.

    Args:
        predictions: Of the test examples.
        draws: Of the bootstrap; 0 for values without intervals, which is quick.
        seed: Of the bootstrap.

    Returns:
        Name to estimate.
    """
    rows = lookup.rows(predictions.classes, predictions.given)
    if not predictions.finite:
        # A diverged network keeps its rows, so that tables and thresholds show the gap
        return {row.name: UNDEFINED for row in rows}

    def statistics(weights: Floats) -> dict[str, Floats]:
        resamples = Resamples(predictions, weights)
        return {row.name: row.statistic(resamples) for row in rows if row.statistic and not row.estimate}

    drawn = bca(statistics, len(predictions), predictions.groups, draws=draws, seed=seed)
    if predictions.classes:
        trials = fewest_groups(predictions.labels, predictions.groups)
        # If all draws are 1 the bootstrap has no width, and would claim certainty
        drawn |= {row.name: below_one(drawn[row.name], trials) for row in rows if row.ends_at_one and row.name in drawn}
    own = {row.name: row.estimate(predictions, draws, seed) for row in rows if row.estimate}
    # In the table's order again: the first metric of a run is its headline
    return {row.name: (own | drawn)[row.name] for row in rows}
