import numpy as np
import pytest
from toys import refused

from cnnbench.data.split import folds


def alone(n):
    return np.arange(n)


def test_every_class_is_spread_over_the_folds_to_within_one():
    labels = np.repeat([0, 1, 2], [503, 97, 31])
    dealt = folds.assign(labels, alone(len(labels)), seed=0)
    for label in range(3):
        counts = np.bincount(dealt[labels == label], minlength=10)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(dealt, minlength=10)
    assert sizes.max() - sizes.min() <= 2


def test_a_group_never_crosses_and_folds_stay_balanced():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), rng.integers(1, 12, 200))
    labels = rng.integers(0, 2, len(groups))
    dealt = folds.assign(labels, groups, seed=1)
    assert all(len(set(dealt[groups == group])) == 1 for group in range(200))
    for label in range(2):
        share = np.bincount(dealt[labels == label], minlength=10) / (labels == label).sum()
        assert np.abs(share - 0.1).max() < 0.02


def test_seed_decides():
    labels = np.zeros(100, np.int64)
    first, again, other = (folds.assign(labels, alone(100), seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_fewer_than_ten_groups_is_refused():
    with refused("Expected at least 10 groups of examples, one a fold, received 3"):
        folds.assign(np.zeros(30, np.int64), np.repeat([0, 1, 2], 10), seed=0)


def test_exact_copies_join_their_groups_also_by_way_of_a_third():
    joined = folds.join(["a", "a", "b", "c", "d"], ["1", "2", "2", "3", "4"])
    assert joined.tolist() == [0, 0, 0, 1, 2]
    chained = folds.join(["a", "b", "b", "c"], ["1", "1", "2", "2"])
    assert len(set(chained.tolist())) == 1


def test_a_group_may_be_named_like_a_digest():
    assert folds.join(["x", "y"], ["y", "x"]).tolist() == [0, 1]


def test_a_third_key_joins_too_and_an_empty_key_joins_nothing():
    groups, digests = ["a", "b", "c", "d", "e"], ["1", "2", "3", "4", "5"]
    assert folds.join(groups, digests, ["", "", "", "", ""]).tolist() == [0, 1, 2, 3, 4]
    assert folds.join(groups, digests, ["", "n", "", "n", "m"]).tolist() == [0, 1, 2, 1, 3]
    assert folds.join(["", "", "a"], digests[:3]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("count", [8, 9])
def test_fewer_folds_where_the_others_are_taken(count):
    dealt = folds.assign(np.zeros(90, np.int64), alone(90), seed=0, folds=count)
    sizes = np.bincount(dealt)
    assert len(sizes) == count
    assert sizes.max() - sizes.min() <= 1
    with refused(f"Expected at least {count} groups"):
        folds.assign(np.zeros(7, np.int64), alone(7), seed=0, folds=count)


def test_targets_are_stratified_by_tenths():
    targets = np.random.default_rng(0).normal(size=500)
    tenths = folds.stratify(targets, classes=0)
    assert np.bincount(tenths).tolist() == [50] * 10
    assert (np.diff(tenths[np.argsort(targets)]) >= 0).all()
