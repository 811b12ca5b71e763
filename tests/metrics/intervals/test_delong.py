import math

import numpy as np
import pytest
from sklearn import metrics as sklearn

from cnnbench.metrics import ranking
from cnnbench.metrics.intervals.delong import auc, covariance, macro
from cnnbench.metrics.intervals.proportions import wilson


def drawn(n=70, r=3, seed=0):
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.4
    return positive, (rng.normal(size=(r, n)) + rng.normal(size=n) + positive).round(1)  # rounded, so there are ties


def by_pairs(positive, scores):
    """DeLong, DeLong and Clarke-Pearson's formulas as they stand: each positive against each negative."""
    hits, misses = scores[:, positive, None], scores[:, None, ~positive]
    kernel = (hits > misses) + 0.5 * (hits == misses)
    of_hits, of_misses = kernel.mean(axis=2), kernel.mean(axis=1)
    return kernel.mean(axis=(1, 2)), np.cov(of_hits) / of_hits.shape[1] + np.cov(of_misses) / of_misses.shape[1]


@pytest.mark.parametrize("n", [5, 70, 301])
def test_the_covariance_is_that_of_all_pairs(n):
    positive, scores = drawn(n)
    areas, spread = covariance(positive, scores)
    expected, their_spread = by_pairs(positive, scores)
    assert areas == pytest.approx(expected, abs=1e-12)
    assert spread == pytest.approx(their_spread, abs=1e-12)
    assert areas == pytest.approx([sklearn.roc_auc_score(positive, row) for row in scores], abs=1e-12)


def test_by_hand():
    positive, scores = np.array([True, True, False, False]), np.array([[0.9, 0.4, 0.4, 0.1]])
    areas, spread = covariance(positive, scores)
    assert areas.tolist() == [0.875]
    assert spread == pytest.approx(np.array([[2 * 0.03125 / 2]]))


def test_groups_of_one_change_nothing_and_copies_are_worth_no_more_than_their_original():
    positive, scores = drawn()
    _, alone = covariance(positive, scores)
    assert covariance(positive, scores, np.arange(70)[::-1])[1] == pytest.approx(alone, abs=1e-15)
    _, copied = covariance(np.repeat(positive, 5), np.repeat(scores, 5, axis=1), np.repeat(np.arange(70), 5))
    assert copied == pytest.approx(alone, abs=1e-15)


def test_the_area_has_its_interval_within_0_and_1():
    positive, scores = drawn()
    value, low, high = auc(positive, scores[0])
    assert value == pytest.approx(sklearn.roc_auc_score(positive, scores[0]))
    assert 0 < low < value < high < 1
    wide = auc(positive, scores[0], level=0.99)
    assert wide.low < low < high < wide.high


@pytest.mark.parametrize(("score", "expected"), [(1.0, 1.0), (-1.0, 0.0), (0.0, 0.5)])
def test_an_area_without_spread_has_wilsons_interval_of_the_rarer_class(score, expected):
    positive = np.arange(20) < 6
    assert auc(positive, score * positive) == wilson(expected, 6)
    assert auc(positive, score * positive, np.arange(20) // 2) == wilson(expected, 3)


def test_one_positive_has_an_interval_and_none_has_no_area():
    positive, scores = drawn(12)
    one = np.arange(12) == 3
    assert np.isnan(covariance(one, scores)[1]).all()
    assert auc(one, scores[0]).low < auc(one, scores[0]).high
    for none in (np.zeros(12, bool), np.ones(12, bool)):
        areas, spread = covariance(none, scores)
        assert np.isnan(areas).all()
        assert np.isnan(spread).all()
        assert all(math.isnan(x) for x in auc(none, scores[0]))
    with pytest.raises(ValueError, match="shapes"):
        covariance(positive, scores[0])


@pytest.mark.parametrize("weighted", [False, True])
def test_the_macro_area_is_scikit_learns(weighted):
    rng = np.random.default_rng(0)
    labels, scores = rng.choice(4, 200, p=[0.5, 0.3, 0.1, 0.1]), rng.dirichlet(np.ones(4), 200)
    scores = 0.7 * scores + 0.3 * np.eye(4)[labels]
    average = "weighted" if weighted else "macro"
    value, low, high = macro(labels, scores, weighted=weighted)
    assert value == pytest.approx(sklearn.roc_auc_score(labels, scores, multi_class="ovr", average=average), abs=1e-12)
    assert low < value < high
    drawn_areas = [
        sklearn.roc_auc_score(labels[i], scores[i], multi_class="ovr", average=average)
        for i in (rng.integers(0, 200, 200) for _ in range(300))
    ]
    assert high - low == pytest.approx(np.diff(np.quantile(drawn_areas, [0.025, 0.975]))[0], rel=0.2)


def test_the_macro_area_of_two_columns_is_that_of_either():
    positive, scores = drawn()
    score = 1 / (1 + np.exp(-scores[0]))
    both = macro(positive.astype(int), np.stack([1 - score, score], axis=1))
    assert both == pytest.approx(auc(positive, score))


def test_the_macro_area_leaves_absent_classes_out():
    labels = np.array([0, 1] * 10)
    scores = np.random.default_rng(0).dirichlet(np.ones(3), 20)
    expected = ranking.roc_auc(np.ones((1, 20)), labels, scores)[0]
    assert macro(labels, scores).value == pytest.approx(expected)
    assert all(math.isnan(x) for x in macro(labels * 0, scores))


@pytest.mark.parametrize("size", [1, 5])
def test_the_interval_of_an_area_covers(size):
    # 1,000 test sets of 60 groups of either class; their true area is that of normal scores a distance apart.
    held, groups = 0, np.repeat(np.arange(60), size)
    true, apart = 0.9, 1.2815516 * math.sqrt(2)
    for test in range(1000):
        rng = np.random.default_rng(test)
        positive = (rng.random(60) < 0.5)[groups]
        common = rng.normal(size=60)[groups] if size > 1 else rng.normal(size=60)
        score = math.sqrt(0.5) * (common + rng.normal(size=60 * size)) + apart * positive
        _, low, high = auc(positive, score, groups)
        held += low <= true <= high
    assert 930 <= held <= 970
