import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from cnnbench.metrics.significance import pairs


def answers(both, first, second, neither):
    """Two arrays of right and wrong with these cells."""
    cells = [(True, True), (True, False), (False, True), (False, False)]
    rows = [cell for cell, count in zip(cells, (both, first, second, neither), strict=True) for _ in range(count)]
    return np.array(rows).T


@pytest.mark.parametrize("won", [0, 1, 5, 12])
@pytest.mark.parametrize("lost", [0, 1, 4, 12])
def test_mid_p_is_statsmodels_exact_p_less_half_the_middle(won, lost):
    tested = pairs.mcnemar(*answers(20, won, lost, 7))
    exact = mcnemar([[20, won], [lost, 7]], exact=True).pvalue
    total = won + lost
    at = float(np.prod([(total - i) / (i + 1) for i in range(min(won, lost))])) / 2**total
    expected = 1.0 if total == 0 else 1 - at / 2 if won == lost else exact - at
    assert tested.p == pytest.approx(expected, abs=1e-12)
    n = 27 + total
    assert tested.difference.value == pytest.approx((won - lost) / n)
    assert tested.difference.low < (won - lost) / n < tested.difference.high


def test_mcnemar_by_hand():
    # Fagerland, Lydersen and Laake 2013, table 1 (airway hyper-responsiveness): 1 and 7 discordant of 21.
    tested = pairs.mcnemar(*answers(1, 1, 7, 12))
    assert tested.p == pytest.approx(2 * 9 / 256 - 8 / 256)
    # Bonett and Price: (2 - 8) / 23 and the root of (10 / 23 - (6 / 23)^2) / 23
    half = norm.ppf(0.975) * np.sqrt((10 / 23 - (6 / 23) ** 2) / 23)
    assert tested.difference == pytest.approx((-6 / 21, -6 / 23 - half, -6 / 23 + half))


def test_two_perfect_networks_have_an_interval_with_a_width():
    tested = pairs.mcnemar(np.ones(50, bool), np.ones(50, bool))
    assert tested.p == 1
    assert tested.difference.low < 0 < tested.difference.high
    positive = np.arange(40) % 2 == 0
    tested = pairs.delong_test(positive, positive + 0.1, positive + 0.2)
    assert tested.p == 1
    assert -0.5 < tested.difference.low < 0 < tested.difference.high < 0.5


def test_mcnemar_refuses_what_is_no_pair():
    for first, second in ((np.ones(3, bool), np.ones(4, bool)), (np.ones(0, bool), np.ones(0, bool))):
        with pytest.raises(ValueError, match="Expected two answers for each example"):
            pairs.mcnemar(first, second)


@pytest.mark.parametrize("seed", range(4))
def test_the_difference_of_areas_is_delong_by_definition(seed):
    rng = np.random.default_rng(seed)
    positive = rng.random(90) < 0.4
    scores = rng.normal(size=(2, 90)) + positive * [[1.0], [0.6]]
    if seed % 2:
        scores = scores.round(1)  # ties
    # The structural components: each positive against each negative
    hits, misses = scores[:, positive, None], scores[:, None, ~positive]
    psi = (hits > misses) + 0.5 * (hits == misses)
    spread = np.cov(psi.mean(axis=2)) / psi.shape[1] + np.cov(psi.mean(axis=1)) / psi.shape[2]
    value = psi[0].mean() - psi[1].mean()
    error = np.sqrt(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    tested = pairs.delong_test(positive, *scores)
    assert tested.difference.value == pytest.approx(value, abs=1e-9)
    assert tested.p == pytest.approx(2 * norm.sf(abs(value) / error), abs=1e-9)
    assert tested.difference.high - tested.difference.low == pytest.approx(2 * norm.ppf(0.975) * error, abs=1e-9)


def test_delong_where_there_is_nothing_to_test():
    positive = np.array([True, False, True, False])
    score = np.array([0.9, 0.2, 0.4, 0.6])
    assert pairs.delong_test(positive, score, 2 * score) == ((0.0, 0.0, 0.0), "DeLong", 1.0)  # the same order
    apart = pairs.delong_test(positive, positive * 1.0, ~positive * 1.0)  # 1 and 0, neither with a spread
    assert apart.difference.value == 1
    assert np.isnan(apart.p)
    for lonely in (np.zeros(4, bool), np.array([True, False, False, False])):
        tested = pairs.delong_test(lonely, score, score[::-1])
        assert np.isnan([tested.difference.low, tested.p]).all()


def test_holm_is_statsmodels():
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 20):
        p = rng.random(n) ** 3
        assert pairs.holm(list(p)) == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert pairs.holm([]) == []
    assert pairs.holm([0.02, np.nan, 0.03]) == pytest.approx([0.04, np.nan, 0.04], nan_ok=True)
