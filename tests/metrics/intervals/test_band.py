import numpy as np
import pytest
from scipy.stats import norm

from cnnbench.metrics.curves import roc
from cnnbench.metrics.intervals.band import band

AT = np.array([0.05, 0.1, 0.2, 0.5])


def drawn(seed, n, k, apart, members=1):
    """Labels and scores of groups of `members`, whose examples share half of their noise."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(rng.integers(0, k, size=n // members), members)
    shared = np.repeat(rng.normal(size=(n // members, k)), members, axis=0)
    noise = shared if members == 1 else np.sqrt(0.5) * (shared + rng.normal(size=(n, k)))
    return labels, noise + apart * np.eye(k)[labels], np.arange(n) // members


def tops(labels, scores, averaged):
    """The curve at those rates, one-vs-rest and averaged."""
    return np.mean([rates(labels == index, scores[:, index]) for index in averaged], axis=0)


def rates(positive, score):
    order = np.argsort(-score)
    hits, misses = np.cumsum(positive[order]), np.cumsum(~positive[order])
    return np.interp(AT, np.append(0, misses / misses[-1]), np.append(0, hits / hits[-1]))


@pytest.mark.parametrize(
    ("n", "k", "apart", "members"),
    [(100, 2, 1.5, 1), (60, 2, 3.0, 1), (160, 2, 1.5, 4), (90, 4, 3.0, 1)],
    ids=["plain", "near 1", "grouped", "mean of four classes"],
)
def test_the_band_holds_its_level(n, k, apart, members):
    averaged = [1] if k == 2 else range(k)
    truth = norm.cdf(apart + norm.ppf(AT))  # of one class's score, normal with and without `apart`
    held = []
    for seed in range(120):
        labels, scores, groups = drawn(seed, n, k, apart, members)
        low, high = band(AT, tops(labels, scores, averaged), labels, scores, averaged, groups, draws=100)
        held.append((low <= truth) & (truth <= high))
    # Quantiles of the draws would hold 0.27 near 1. Wilson's swing round their level, as each of a share does.
    assert (np.mean(held, axis=0) >= 0.87).all()
    assert np.mean(held) > 0.93


def test_it_holds_the_curve_and_rises_with_it():
    labels, scores, _ = drawn(0, 200, 2, 1.0)
    curve = roc(labels, scores, ["a", "b"])
    tops = curve.groupby("fpr").last()
    assert ((tops["tpr_low"] <= tops["tpr"]) & (tops["tpr"] <= tops["tpr_high"])).all()
    assert (curve[["tpr_low", "tpr_high"]].diff().iloc[1:] >= 0).all(axis=None)
    assert curve[["tpr_low", "tpr_high"]].stack().between(0, 1).all()
    assert (tops["tpr_high"] - tops["tpr_low"]).max() > 0.1


def test_it_repeats_itself():
    labels, scores, groups = drawn(0, 80, 3, 1.0, members=2)
    assert roc(labels, scores, ["a", "b", "c"], groups).equals(roc(labels, scores, ["a", "b", "c"], groups))


def test_a_perfect_ranking_is_as_sure_as_its_positives():
    labels = np.repeat([0, 1], [50, 20])
    scores = np.stack([1.0 - labels, labels.astype(float)], axis=1)
    low, high = band(AT, np.ones(4), labels, scores, [1])
    assert high.tolist() == [1.0] * 4
    assert low == pytest.approx([20 / (20 + 1.99495**2)] * 4, abs=1e-4)  # Wilson's, with Student's t of 69 degrees


def test_groups_count_not_their_examples():
    labels, scores, groups = drawn(0, 200, 2, 1.0, members=10)
    curves = [roc(labels, scores, ["a", "b"], given) for given in (None, groups)]
    widths = [(curve["tpr_high"] - curve["tpr_low"]).mean() for curve in curves]
    assert widths[1] > 1.5 * widths[0]


def test_one_group_has_no_band():
    labels, scores, _ = drawn(0, 40, 2, 1.0)
    curve = roc(labels, scores, ["a", "b"], ["only"] * 40)
    assert len(curve) > 2
    assert curve[["tpr_low", "tpr_high"]].isna().all(axis=None)
