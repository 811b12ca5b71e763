"""Networks over several data sets, of which each is one trial: is one of them better in general?

J. Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7 (2006), with Wilcoxon's test for
each pair in place of Nemenyi's, whose verdict on two networks depends on the others (A. Benavoli, G. Corani and F.
Mangili, "Should we really use post-hoc tests based on mean-ranks?", JMLR 17, 2016).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnbench.metrics.intervals import repeated
from cnnbench.metrics.intervals.bootstrap import Estimate
from cnnbench.metrics.means import Floats, mean
from cnnbench.metrics.significance.pairs import holm
from cnnbench.metrics.significance.ties import LEVEL, Standing, standings

LEAST_DATASETS, LEAST_NETWORKS = 5, 3


@dataclass(frozen=True, eq=False)
class Overall:
    """Networks over data sets.

    Attributes:
        networks: Their names, in the order of what follows.
        ranks: The average rank of each over the data sets, 1 is best, with a bootstrap interval over data sets.
        friedman: p of no difference among them all.
        p: Wilcoxon's signed-rank test for each pair, shape (k, k), 1 on the diagonal.
        p_holm: The same, Holm-adjusted over the pairs.
        standings: The place of each, by average rank.
        caution: Why no pair could be told apart here whatever the figures; "" where that is not so.
    """

    networks: tuple[str, ...]
    ranks: tuple[Estimate, ...]
    friedman: float
    p: Floats
    p_holm: Floats
    standings: tuple[Standing, ...]
    caution: str


def needed(networks: int) -> int:
    """How many data sets it takes before Wilcoxon's test can tell a pair apart after Holm, all of them agreeing.

    The least two-sided p of d data sets is 2 / 2^d, which Holm multiplies by the number of pairs.
    """
    pairs = math.comb(networks, 2)
    return next(d for d in itertools.count(1) if pairs * 2.0 ** (1 - d) < LEVEL)


def compare(scores: Floats, networks: Sequence[str], *, draws: int = 1000, seed: int = 0) -> Overall:
    """Compares networks over data sets.

    Args:
        scores: Finite, the higher the better, shape (datasets, networks), at least (LEAST_DATASETS, LEAST_NETWORKS).
            Their scale must be the same everywhere, as an accuracy's is, since Wilcoxon's test ranks differences.
        networks: Names.
        draws: Of the bootstrap over data sets.
        seed: Of the bootstrap.
    """
    from scipy.stats import friedmanchisquare, rankdata

    d, k = scores.shape
    table = rankdata(-scores, axis=1)
    tied = np.ptp(scores, axis=1).max() == 0  # on each data set all are alike: the statistic would be 0 / 0
    friedman = 1.0 if tied else float(friedmanchisquare(*table.T).pvalue)
    pairs = list(itertools.combinations(range(k), 2))
    plain = [_wilcoxon(scores[:, i] - scores[:, j]) for i, j in pairs]
    # One seed for all networks, so that each draw holds the same data sets for all
    samples = [repeated.bootstrap(mean, [(ranking,)], draws=draws, seed=seed) for ranking in table.T]
    ranks = tuple(map(repeated.estimate, samples))
    p, p_holm = _square(k, plain), _square(k, holm(plain))
    least = needed(k)
    caution = "" if d >= least else f"{d} data sets cannot tell any two of {k} networks apart; it takes {least}."
    places = standings([-rank.value for rank in ranks], p_holm)
    return Overall(tuple(networks), ranks, friedman, p, p_holm, tuple(places), caution)


def _wilcoxon(differences: Floats) -> float:
    """Two-sided, exact also where differences are equal or 0; 1 where all are 0."""
    from scipy.stats import PermutationMethod, wilcoxon

    # Rounded, since differences that are equal in decimals may differ in their last bits
    size = np.round(np.abs(differences), 12)
    if not size.any():
        return 1.0
    # SciPy's exact distribution holds without ties and zeros alone
    if len(np.unique(size)) == len(size) and size.all():
        return float(wilcoxon(differences).pvalue)
    flips = PermutationMethod(n_resamples=10_000, rng=np.random.default_rng(0))  # all, up to 13 data sets
    signed = np.sign(differences) * size
    # Pratt: SciPy's default drops data sets without a difference, as if they had not been tried
    return float(wilcoxon(signed, zero_method="pratt", method=flips).pvalue)


def _square(k: int, values: Sequence[float]) -> Floats:
    """A symmetric table of what each pair has, 1 on the diagonal."""
    out = np.eye(k)
    out[np.triu_indices(k, 1)] = values
    return np.maximum(out, out.T)
