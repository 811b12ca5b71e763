import itertools

import numpy as np
import pytest

from cnnbench.metrics.significance import ties


def table(k, apart):
    p = np.ones((k, k))
    for i, j in apart:
        p[i, j] = p[j, i] = 0.01
    return p


@pytest.mark.parametrize(
    ("apart", "letters"),
    [
        ([], ["a", "a", "a"]),
        ([(0, 2)], ["a", "ab", "b"]),
        ([(0, 1), (0, 2)], ["a", "b", "b"]),
        ([(0, 1), (0, 2), (1, 2)], ["a", "b", "c"]),
        ([(0, 1)], ["a", "b", "ab"]),
    ],
)
def test_letters_by_hand(apart, letters):
    assert ties.letters(table(3, apart) < 0.05) == letters


def test_two_share_a_letter_where_and_only_where_they_are_tied():
    rng = np.random.default_rng(0)
    for k in (1, 2, 6, 9):
        for share in (0.1, 0.5, 0.9):
            apart = np.triu(rng.random((k, k)) < share, 1)
            apart |= apart.T
            found = ties.letters(apart)
            for i, j in itertools.combinations(range(k), 2):
                assert bool(set(found[i]) & set(found[j])) != apart[i, j]
            assert all(found)


def test_standings_by_hand():
    # scores out of order; the best is apart from the worst two, the rest is not
    found = ties.standings([0.7, 0.9, 0.8, 0.6], table(4, [(1, 0), (1, 3)]))
    assert found == [(3, 2, 4, "b"), (1, 1, 2, "a"), (2, 1, 4, "ab"), (4, 2, 4, "b")]


def test_equals_share_the_better_place_and_are_never_apart():
    assert ties.standings([0.5, 0.5, 0.4], table(3, [(0, 1)])) == [(1, 1, 3, "a"), (1, 1, 3, "a"), (3, 1, 3, "a")]


def test_one_alone_and_one_without_a_figure():
    assert ties.standings([0.5], np.ones((1, 1))) == [(1, 1, 1, "a")]
    p = np.full((2, 2), np.nan)
    assert ties.standings([np.nan, 0.5], p) == [(2, 1, 2, "a"), (1, 1, 2, "a")]
