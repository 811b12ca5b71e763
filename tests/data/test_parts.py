"""Which folds train, validate and test."""

from toys import SPLIT

from cnnbench.config import Split
from cnnbench.data.parts import choose_folds

WIDE = Split(train=0.6, val=0.2, test=0.2, seed=0)


def test_folds_turn_so_that_each_tests_once():
    assert choose_folds(SPLIT, 0) == {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1], "test": [0]}
    assert choose_folds(SPLIT, 9) == {"train": [1, 2, 3, 4, 5, 6, 7, 8], "val": [0], "test": [9]}
    assert [choose_folds(SPLIT, fold)["test"] for fold in range(10)] == [[fold] for fold in range(10)]
    assert choose_folds(SPLIT, 0, fixed=True) == choose_folds(SPLIT, 0)
    assert choose_folds(WIDE, 0, fixed=True) == choose_folds(SPLIT, 0)
    assert choose_folds(WIDE, 0) == {"train": [4, 5, 6, 7, 8, 9], "val": [2, 3], "test": [0, 1]}
