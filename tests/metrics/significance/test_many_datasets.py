import itertools

import numpy as np
import pytest
import scikit_posthocs
from scipy import stats

from cnnbench.metrics.significance import many_datasets


def figures(datasets=9, gains=(0.0, 0.03, 0.1), seed=0):
    rng = np.random.default_rng(seed)
    return 0.7 + rng.normal(0, 0.1, (datasets, 1)) + rng.normal(0, 0.01, (datasets, len(gains))) + gains


def test_it_is_what_the_libraries_say():
    scores = figures()
    found = many_datasets.compare(scores, ["p", "q", "r"])
    assert found.friedman == pytest.approx(stats.friedmanchisquare(*scores.T).pvalue)
    assert [rank.value for rank in found.ranks] == pytest.approx(stats.rankdata(-scores, axis=1).mean(axis=0))
    assert all(rank.low <= rank.value <= rank.high for rank in found.ranks)
    for i, j in itertools.combinations(range(3), 2):
        assert found.p[i, j] == found.p[j, i] == pytest.approx(stats.wilcoxon(scores[:, i], scores[:, j]).pvalue)
    long = np.stack([scores.T.ravel(), np.repeat(range(3), len(scores))])
    holm = scikit_posthocs.posthoc_wilcoxon(
        [long[0][long[1] == group] for group in range(3)], p_adjust="holm"
    ).to_numpy()
    assert found.p_holm == pytest.approx(holm)
    assert [place.rank for place in found.standings] == [3, 2, 1]
    assert found.standings[2] == (1, 1, 1, "a")
    assert found.caution == ""


@pytest.mark.parametrize(("networks", "datasets"), [(2, 6), (3, 7), (4, 8), (5, 9)])
def test_needed_is_the_fewest_that_wilcoxon_with_holm_can_tell_apart(networks, datasets):
    assert many_datasets.needed(networks) == datasets
    for count, reached in ((datasets, True), (datasets - 1, False)):
        least = stats.wilcoxon(np.arange(1.0, count + 1)).pvalue
        assert (least * networks * (networks - 1) / 2 < 0.05) == reached


def test_five_data_sets_are_compared_with_a_caution():
    found = many_datasets.compare(figures(5), ["p", "q", "r"])
    assert found.caution == "5 data sets cannot tell any two of 3 networks apart; it takes 7."
    assert {place.tie_group for place in found.standings} == {"a"}
    assert found.friedman < 0.05


def test_equal_figures_are_ties():
    found = many_datasets.compare(np.full((6, 3), 0.9), ["p", "q", "r"])
    assert found.friedman == 1
    assert (found.p == 1).all()
    assert [place.rank for place in found.standings] == [1, 1, 1]


def test_ties_have_the_exact_p_of_all_sign_flips():
    differences = np.array([0.1, 0.1, 0.2, 0.0, 0.3, 0.1, -0.1])
    ranks = stats.rankdata(np.abs(differences))
    ranks[differences == 0] = 0
    seen = (ranks * np.sign(differences)).sum()
    flips = [np.dot(ranks, signs) for signs in itertools.product([-1, 1], repeat=7)]
    assert many_datasets._wilcoxon(differences) == pytest.approx(np.mean(np.abs(flips) >= abs(seen) - 1e-9), abs=1e-9)
