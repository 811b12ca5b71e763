import numpy as np
import pytest

from cnnbench.metrics.calibration import ece, reliability


def answers(tops, correct):
    """Labels and scores of two classes: class 0 is predicted with each of these scores, and right or not."""
    tops = np.array(tops)
    return np.where(correct, 0, 1), np.stack([tops, 1 - tops], axis=1)


def test_by_hand():
    # Two answers at 0.9 of which one is right, gap 0.4; two at 0.6, both right, gap 0.4; one at 1, right, gap 0.
    labels, scores = answers([0.9, 0.9, 0.6, 0.6, 1.0], [True, False, True, True, True])
    assert ece(labels, scores).value == pytest.approx((2 * 0.4 + 2 * 0.4) / 5)
    bins = reliability(labels, scores)
    assert list(bins.columns) == ["low", "high", "n", "score", "right"]
    assert len(bins) == 15
    assert bins.loc[bins["n"] > 0, ["n", "score", "right"]].to_numpy() == pytest.approx(
        np.array([[2, 0.6, 1], [2, 0.9, 0.5], [1, 1, 1]])
    )
    assert bins.loc[bins["n"] == 0, ["score", "right"]].isna().all(axis=None)


def test_gaps_within_a_bin_cancel_and_an_edge_is_of_the_bin_below():
    labels, scores = answers([0.61, 0.65], [True, False])
    assert ece(labels, scores).value == pytest.approx(abs(1 - 0.61 - 0.65) / 2)
    edge = reliability(*answers([0.8, 0.80001], [True, True]))
    assert edge.loc[edge["n"] > 0, "high"].tolist() == pytest.approx([0.8, 13 / 15])


def test_the_error_is_the_weighted_gap_of_the_table():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 4, 300), rng.dirichlet(np.ones(4), 300)
    bins = reliability(labels, scores).dropna()
    gap = (bins["n"] * (bins["right"] - bins["score"]).abs()).sum() / 300
    assert ece(labels, scores).value == pytest.approx(gap)


def test_groups_widen_the_interval_and_one_group_has_none():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 50), rng.dirichlet(np.ones(2), 50)
    labels, scores = np.repeat(labels, 4), np.repeat(scores, 4, axis=0)
    alone, grouped = ece(labels, scores), ece(labels, scores, np.repeat(np.arange(50), 4))
    assert grouped.low < alone.low < alone.value < alone.high < grouped.high
    assert np.isnan(ece(labels, scores, ["a"] * 200)[1:]).all()
    assert np.isnan(ece(labels[:1], scores[:1])[1:]).all()


def test_a_perfect_or_diverged_network():
    labels = np.array([0, 1, 1])
    assert ece(labels, np.eye(2)[labels]) == (0, 0, 0)
    assert (reliability(labels, np.eye(2)[labels] * np.nan)["n"] == 0).all()


def test_a_calibrated_network_on_few_examples_is_not_said_to_be_off():
    held = 0
    for test in range(200):
        rng = np.random.default_rng(test)
        top = rng.uniform(0.5, 1, 100)
        held += ece(*answers(top, rng.random(100) < top), draws=200).low < 0.01
    assert held >= 186
