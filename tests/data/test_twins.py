import pandas as pd
import pytest

from cnnbench.config import Split
from cnnbench.data import twins
from cnnbench.data.parts import choose_folds

SPLIT = Split(train=0.8, val=0.1, test=0.1, seed=0)


def frame(*rows):
    """A split: rows of fold and what is special; every example has a group and content of its own."""
    return pd.DataFrame(
        [
            {"id": f"i{n}", "group": f"g{n}", "sha256": f"s{n}", "near": "", "fold": fold, **special}
            for n, (fold, special) in enumerate(rows)
        ]
    )


@pytest.mark.parametrize("key", twins.KEYS)
@pytest.mark.parametrize(("other", "expected"), [(5, True), (1, True), (0, False), (-1, False)])
def test_a_test_example_has_a_twin_in_train_or_val_alone(key, other, expected):
    split = frame((0, {key: "same"}), (other, {key: "same"}), (0, {}), (7, {}))
    found = twins.of_run(split, choose_folds(SPLIT, 0))
    assert found["i0"] == expected
    assert not found["i2"]
    assert set(found.index) == {"i0", "i2"} | ({"i1"} if other == 0 else set())


def test_the_parts_are_those_of_the_runs_fold():
    split = frame((0, {"near": "n"}), (5, {"near": "n"}), (5, {}))
    assert twins.of_run(split, choose_folds(SPLIT, 5)).to_dict() == {"i1": True, "i2": False}


def test_an_unknown_group_is_nobodys():
    split = frame((0, {"group": "", "sha256": ""}), (5, {"group": "", "sha256": ""}))
    assert twins.of_run(split, choose_folds(SPLIT, 0)).to_dict() == {"i0": False}
